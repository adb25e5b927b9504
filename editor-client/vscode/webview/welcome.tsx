import { post } from "./wire";

/** What a first message may be: what is shown, and what is put into the message. */
const suggestions = [
  ["Explain this project", "What does this project do, and where does it begin?"],
  ["Find out why a test fails", "Run the tests. If one fails, find out why and mend it."],
  ["Review my changes", "Review what I have changed since the last commit."],
] as const;

interface Props {
  /** There is a model that can be asked. */
  model: boolean;
  onPick: (text: string) => void;
}

/** What an empty session shows: what may be asked, or what is missing for it. */
export function Welcome({ model, onPick }: Props) {
  return (
    <div class="welcome">
      <h2>Ask, or give a task</h2>
      <p>Changes are proposed: you decide on each.</p>
      {model ? (
        <ul aria-label="Suggestions">
          {suggestions.map(([name, text]) => (
            <li key={name}>
              <button type="button" title={text} onClick={() => onPick(text)}>
                {name}
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p>
          No model has answered yet: your model server must run, and have a model.{" "}
          <button type="button" class="main" onClick={() => post({ type: "setUp" })}>
            Get started
          </button>
        </p>
      )}
      <p>
        Type <kbd>@</kbd> to add files, problems, a selection, changes or a terminal's output; or
        hold <kbd>Shift</kbd> and drop files here. <kbd>Enter</kbd> sends, <kbd>Shift+Enter</kbd>{" "}
        begins a new line.
      </p>
    </div>
  );
}
