/** An answer as a virtual document. */
export interface Answer {
  /** Path of the document, unique, with a readable last part that becomes the tab's title. */
  path: string;
  text: string;
}

/** The latest answers by path; older ones go when the tabs that show them are long closed. */
export class AnswerStore {
  private readonly answers = new Map<string, string>();
  private count = 0;

  constructor(private readonly limit = 50) {}

  add(title: string, text: string): Answer {
    this.count += 1;
    const path = `/${this.count}/${fileName(title)}.md`;
    this.answers.set(path, text);
    for (const old of this.answers.keys()) {
      if (this.answers.size <= this.limit) {
        break;
      }
      this.answers.delete(old);
    }
    return { path, text };
  }

  text(path: string): string | undefined {
    return this.answers.get(path);
  }
}

function fileName(title: string): string {
  const name = title
    .replace(/[\\/:*?"<>|#%\p{Cc}]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return [...name].slice(0, 60).join("").trim() || "Answer";
}
