import { useCallback, useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { Chip, Item as Shown, UserItem } from "../src/chat/items";
import type { Draft, ToView } from "../src/chat/messages";
import { sameChip } from "../src/chat/references";
import { Composer } from "./composer";
import { Connection } from "./connection";
import { dropped } from "./drop";
import { Header } from "./header";
import { Item } from "./items/item";
import { Markdown } from "./items/markdown";
import { List } from "./list";
import { type Model, nothing, take } from "./model";
import { Panel } from "./panel";
import { Queue } from "./queue";
import { Sessions } from "./sessions";
import { Welcome } from "./welcome";
import { keep, kept, listen, post } from "./wire";

type Message = ToView | { type: "close" };

function step(model: Model, message: Message): Model {
  return message.type === "close" ? { ...model, panel: "none" } : take(model, message);
}

export function App() {
  const [model, tell] = useReducer(step, nothing);
  const [draft, setDraft] = useState<Draft>(kept);
  const [editing, setEditing] = useState<UserItem>();
  const { state } = model;

  useEffect(() => {
    listen((message) => {
      if (message.type === "attach") {
        setDraft(({ text, chips }) => ({ text, chips: joined(chips, message.chips) }));
        toMessage();
      } else if (message.type === "draft") {
        setDraft((draft) =>
          draft.text.trim() === "" ? { text: message.text, chips: message.chips } : draft,
        );
      } else if (message.type === "focus") {
        toMessage();
      } else {
        tell(message);
      }
    });
    post({ type: "ready" });
  }, []);
  const first = useRef(draft).current;
  useEffect(() => {
    if (draft !== first) {
      keep(draft);
    }
  }, [draft, first]);
  useEffect(() => setEditing(undefined), [model.list]);

  const edit = useCallback((item: UserItem) => {
    setEditing(item);
    setDraft({ text: item.text, chips: item.chips });
  }, []);
  const again = useCallback(({ id, text, chips }: UserItem) => {
    post({ type: "again", id, text, chips });
  }, []);
  const row = useCallback(
    (item: Shown) => <Item item={item} busy={state.busy} onEdit={edit} onAgain={again} />,
    [state.busy, edit, again],
  );
  const cancelEdit = () => {
    setEditing(undefined);
    setDraft({ text: "", chips: [] });
  };
  const send = () => {
    if (draft.text.trim() === "" || state.connection !== "running") {
      return;
    }
    const { text, chips } = draft;
    post(editing ? { type: "again", id: editing.id, text, chips } : { type: "send", text, chips });
    setEditing(undefined);
    setDraft({ text: "", chips: [] });
  };
  const suggest = (text: string) => {
    setDraft(({ chips }) => ({ text, chips }));
    toMessage();
  };
  const close = () => tell({ type: "close" });
  const last = model.items.at(-1);
  const waits = model.items.slice(-20).some(asks);

  return (
    <main class="chat" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <Header state={state} />
      <Connection state={state} />
      <List list={model.list} items={model.items} waits={waits} row={row}>
        {state.loaded && <Welcome model={state.models.length > 0} onPick={suggest} />}
      </List>
      {state.mode === "plan" && !state.busy && last?.kind === "answer" && (
        <div class="offer">
          <button type="button" class="main" onClick={() => post({ type: "carryOut" })}>
            Carry out this plan
          </button>
        </div>
      )}
      {state.busy && (
        <div class="working">
          <span class="spinner" aria-hidden="true" /> {state.stopping ? "Stopping…" : "Working…"}
        </div>
      )}
      <Queue state={state} />
      <Composer
        state={state}
        draft={draft}
        editing={editing}
        query={model.query}
        found={model.found}
        onDraft={setDraft}
        onSend={send}
        onCancelEdit={cancelEdit}
      />
      {model.panel === "sessions" && <Sessions sessions={model.sessions} onClose={close} />}
      {model.panel === "context" && (
        <Panel title="Context" onClose={close}>
          <Markdown text={model.context} />
        </Panel>
      )}
      <div class="hidden" role="status" aria-live="polite">
        {model.said}
      </div>
    </main>
  );
}

/** Files may be dropped anywhere on the page; in VS Code only while Shift is held. */
function drop(event: DragEvent): void {
  event.preventDefault();
  const uris = dropped(event.dataTransfer);
  if (uris.length > 0) {
    post({ type: "drop", uris });
  }
}

function asks(item: Shown | undefined): boolean {
  return item?.kind === "permission" && item.answer === "";
}

function joined(chips: Chip[], more: readonly Chip[]): Chip[] {
  return [...chips, ...more.filter((chip) => !chips.some((one) => sameChip(one, chip)))];
}

function toMessage(): void {
  document.querySelector("textarea")?.focus();
}
