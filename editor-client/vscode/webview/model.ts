import type { Change, Item } from "../src/chat/items";
import type { ChatState, Mention, SessionLine, ToView } from "../src/chat/messages";

/** What the page shows. `items` has holes while a long history is still on its way. */
export interface Model {
  state: ChatState;
  list: number;
  items: readonly (Item | undefined)[];
  sessions: SessionLine[];
  panel: "none" | "sessions" | "context";
  context: string;
  query: string;
  found: Mention[];
  /** For a screen reader: what has happened last. */
  said: string;
}

export const nothing: Model = {
  state: {
    connection: "starting",
    problem: "",
    loaded: false,
    sessionId: "",
    title: "",
    mode: "",
    modes: [],
    model: "",
    models: [],
    busy: false,
    stopping: false,
    queue: [],
    paused: false,
    used: 0,
    size: 0,
    leftOut: [],
  },
  list: 0,
  items: [],
  sessions: [],
  panel: "none",
  context: "",
  query: "",
  found: [],
  said: "",
};

/** The model after a message of the extension; the same one where nothing of it changed. */
export function take(model: Model, message: ToView): Model {
  switch (message.type) {
    case "state":
      return {
        ...model,
        state: message.state,
        said: saidOf(model.state, message.state) || model.said,
      };
    case "reset":
      return { ...model, list: message.list, items: new Array(message.total).fill(undefined) };
    case "fill":
      return message.list === model.list
        ? { ...model, items: filled(model.items, message.at, message.items) }
        : model;
    case "change":
      return message.list === model.list ? changed(model, message.changes) : model;
    case "sessions":
      return {
        ...model,
        sessions: message.sessions,
        panel: message.show ? "sessions" : model.panel,
      };
    case "context":
      return { ...model, context: message.markdown, panel: "context" };
    case "found":
      return { ...model, query: message.query, found: message.found };
    case "say":
      return { ...model, said: message.text };
    default:
      return model;
  }
}

function filled(items: Model["items"], at: number, some: readonly Item[]): Model["items"] {
  return [...items.slice(0, at), ...some, ...items.slice(at + some.length)];
}

function changed(model: Model, changes: readonly Change[]): Model {
  const items = [...model.items];
  let { said } = model;
  for (const change of changes) {
    const before = items[change.at];
    const after = change.op === "put" ? change.item : longer(before, change.text);
    items[change.at] = after;
    said = announcement(before, after) || said;
  }
  return { ...model, items, said };
}

function longer(item: Item | undefined, text: string): Item | undefined {
  return item !== undefined && (item.kind === "answer" || item.kind === "thought")
    ? { ...item, text: item.text + text }
    : item;
}

/** What a screen reader is told of an item; empty where it is nothing of use. */
function announcement(before: Item | undefined, after: Item | undefined): string {
  switch (after?.kind) {
    case "answer": {
      const done = !after.open && (before === undefined || ("open" in before && before.open));
      return done ? `Arriero: ${after.text.slice(0, 500)}` : "";
    }
    case "permission":
      return after.answer === "" ? `Arriero asks for a permission: ${after.title}` : "";
    case "notice":
      return before === undefined ? after.text : "";
    case "tool":
      return after.state === "failed" ? `${after.title} failed` : "";
    case "proposal":
      return before === undefined && after.open > 0
        ? `Arriero proposes changes in ${after.files.length} files`
        : "";
    default:
      return "";
  }
}

function saidOf(before: ChatState, after: ChatState): string {
  if (before.connection === "running" && after.connection !== "running") {
    return "Arriero's server has ended.";
  }
  if (after.queue.length > before.queue.length) {
    return "Queued: it is sent when the run has ended.";
  }
  return after.busy && !before.busy ? "Arriero is working." : "";
}
