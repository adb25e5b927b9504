import {
  type Disposable,
  type LogOutputChannel,
  type QuickInputButton,
  type QuickPick,
  type QuickPickItem,
  ThemeIcon,
  Uri,
  window,
  workspace,
} from "vscode";
import type { Api } from "../protocol/api";
import type { SearchAnswer, SearchHit } from "../protocol/indexMessages";
import { failureRows, type Row, rowsOf, type Target } from "./items";
import { Latest } from "./latest";
import { type Place, Preview } from "./preview";
import { type Way, ways } from "./ways";

const pageSize = 30;
/** How long typing must rest before a search, in ms. */
const typingPause = 150;

type Item = QuickPickItem & Pick<Row, "does">;
type WayButton = QuickInputButton & { way: Way };

interface Question {
  query: string;
  way: Way;
  /** What is shown already, and where to go on. */
  shown: SearchHit[];
  cursor?: string;
}

/** One search of the workspace in a quick pick, from opening it to going somewhere or back. */
export class SearchPicker implements Disposable {
  private readonly picker = window.createQuickPick<Item>();
  private readonly preview: Preview;
  private readonly latest = new Latest<Question, SearchAnswer>({
    ask: async ({ query, way: { kind }, cursor }, token) => {
      const params = { query, kind, limit: pageSize, ...(cursor && { cursor }) };
      return (await this.api()).search(params, token);
    },
    answered: (answer, question) => this.answered(answer, question),
    failed: (error) => this.failed(error),
    busy: (busy) => {
      this.picker.busy = busy;
    },
  });
  private readonly aside: QuickInputButton = {
    iconPath: new ThemeIcon("split-horizontal"),
    tooltip: "Open to the Side",
  };
  private way: Way = ways[0];
  private found: Question | undefined;
  /** What the list goes to by itself, which is not shown: only what the user goes to is. */
  private unmoved: (Item | undefined)[] = [];
  private incomplete = false;
  private chosen = false;
  private end: (going: Promise<void>) => void = () => undefined;
  private readonly ended = new Promise<void>((resolve) => {
    this.end = resolve;
  });

  constructor(
    private readonly api: () => Promise<Api>,
    private readonly log: LogOutputChannel,
  ) {
    this.preview = new Preview(log);
  }

  /** Resolves when the list is gone and the user is where they want to be; called once. */
  open(query: string, way: Way): Promise<void> {
    const { picker } = this;
    // Not in VS Code's types: without it rows whose path has what was typed would come first.
    (picker as QuickPick<Item> & { sortByLabel: boolean }).sortByLabel = false;
    picker.keepScrollPosition = true;
    picker.buttons = ways.map(buttonOf);
    picker.onDidTriggerButton((button) => this.take((button as WayButton).way));
    picker.onDidChangeValue(() => this.search(typingPause));
    picker.onDidChangeActive(([item]) => this.moved(item));
    picker.onDidAccept(() => this.accept(picker.activeItems[0], false));
    picker.onDidTriggerItemButton(({ item }) => this.accept(item, true));
    picker.onDidHide(() => this.chosen || this.end(this.preview.takeBack()));
    picker.value = query;
    this.take(way);
    picker.show();
    return this.ended;
  }

  /** Close the list; never rejects. */
  async close(): Promise<void> {
    this.picker.hide();
    await Promise.allSettled([this.ended]); // who opened it is told what went wrong
  }

  /** The index has become another: search again if it had not everything. */
  indexChanged(): void {
    if (this.incomplete) {
      this.search(typingPause);
    }
  }

  dispose(): void {
    this.latest.drop();
    this.picker.dispose();
    this.preview.dispose();
  }

  private take(way: Way): void {
    this.way = way;
    this.picker.title = `Search Workspace: ${way.title}`;
    this.picker.placeholder = `Such as: ${way.placeholder}`;
    this.search(0);
  }

  private search(pause: number): void {
    const query = this.picker.value.trim();
    this.incomplete = false;
    if (query === "") {
      this.latest.drop();
      this.found = undefined;
      this.picker.items = [];
      return;
    }
    this.latest.want({ query, way: this.way, shown: [] }, pause);
  }

  private answered(answer: SearchAnswer, question: Question): void {
    const { query, way, shown } = question;
    const hits = [...shown, ...answer.hits];
    const cursor = answer.cursor ?? undefined;
    const again = query === this.found?.query && way === this.found.way && shown.length === 0;
    const kept = again ? this.picker.activeItems[0]?.label : undefined;
    this.found = { query, way, shown: hits, ...(cursor && { cursor }) };
    this.incomplete = !answer.complete;
    this.show(rowsOf({ ...answer, hits }, query, nameOf), shown.length, kept);
  }

  private failed(error: unknown): void {
    const sentence = error instanceof Error ? error.message : String(error);
    this.log.warn("A search failed:", sentence);
    this.found = undefined;
    this.show(failureRows(sentence), 0);
  }

  /** Show rows with one hit to choose: that labelled `kept` if it is there, else the one at `at`. */
  private show(rows: Row[], at: number, kept?: string): void {
    const items = rows.map((row) => this.item(row));
    const hits = items.filter(({ does }) => typeof does === "object");
    const active = hits.find(({ label }) => label === kept) ?? hits[at] ?? items[0];
    this.unmoved = [...new Set([items[0], active])]; // VS Code goes to the first one at first
    this.picker.items = items;
    this.picker.activeItems = active === undefined ? [] : [active];
  }

  private item(row: Row): Item {
    const buttons = typeof row.does === "object" ? [this.aside] : [];
    return { ...row, alwaysShow: true, buttons };
  }

  private moved(item: Item | undefined): void {
    const itself = this.unmoved.indexOf(item);
    if (itself >= 0) {
      this.unmoved.splice(itself, 1);
      return;
    }
    this.unmoved = [];
    if (typeof item?.does === "object") {
      this.preview.show(placeOf(item.does.open));
    }
  }

  private accept(item: Item | undefined, aside: boolean): void {
    const does = item?.does ?? "nothing";
    if (typeof does === "object") {
      this.go(placeOf(does.open), aside);
    } else if (does === "again") {
      this.search(0);
    } else if (does === "more" && this.found !== undefined) {
      this.latest.want(this.found, 0);
    }
  }

  private go(place: Place, aside: boolean): void {
    this.chosen = true;
    this.picker.hide();
    this.end(this.preview.open(place, aside));
  }
}

function buttonOf(way: Way): WayButton {
  return { iconPath: new ThemeIcon(way.icon), tooltip: `Search for ${way.title}`, way };
}

function placeOf({ uri, ...lines }: Target): Place {
  return { uri: Uri.parse(uri), ...lines };
}

function nameOf(uri: string): string {
  return workspace.asRelativePath(Uri.parse(uri));
}
