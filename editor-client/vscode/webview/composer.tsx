import { useEffect, useRef, useState } from "preact/hooks";
import type { Chip, UserItem } from "../src/chat/items";
import type { ChatState, Draft, Mention } from "../src/chat/messages";
import { sameChip } from "../src/chat/references";
import { ChipList } from "./chips";
import { mentionAt, withoutMention } from "./draft";
import { Icon } from "./icons";
import { deedOf, type KeyDeed } from "./keys";
import { Mentions } from "./mentions";
import { post } from "./wire";

interface Props {
  state: ChatState;
  draft: Draft;
  editing: UserItem | undefined;
  query: string;
  found: Mention[];
  onDraft: (draft: Draft) => void;
  onSend: () => void;
  onCancelEdit: () => void;
}

/** Where a message is written, with what stands beside it, and who is to answer how. */
export function Composer(props: Props) {
  const { state, draft, editing, onDraft, onSend, onCancelEdit } = props;
  const box = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState(0);
  const [picked, setPicked] = useState(0);
  const [closed, setClosed] = useState("");
  const mention = mentionAt(draft.text, caret);
  const query = mention?.query;
  const open = query !== undefined && query === props.query && closed !== draft.text;
  const offered = open ? props.found : [];

  useEffect(() => {
    if (query !== undefined) {
      const timer = setTimeout(() => post({ type: "find", query }), 60);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [query]);
  useEffect(() => setPicked(0), [props.found]);
  useEffect(() => {
    if (editing !== undefined) {
      box.current?.focus();
    }
  }, [editing]);

  const add = (chip: Chip) => {
    const chips = draft.chips.some((one) => sameChip(one, chip))
      ? draft.chips
      : [...draft.chips, chip];
    onDraft({ text: mention ? withoutMention(draft.text, mention) : draft.text, chips });
    box.current?.focus();
  };
  const remove = (chip: Chip) => {
    onDraft({ ...draft, chips: draft.chips.filter((one) => !sameChip(one, chip)) });
    box.current?.focus();
  };
  const typed = (event: Event) => {
    const { value, selectionStart } = event.currentTarget as HTMLTextAreaElement;
    setCaret(selectionStart);
    onDraft({ ...draft, text: value });
  };
  const deeds: Record<KeyDeed, () => void> = {
    next: () => setPicked((picked + 1) % offered.length),
    previous: () => setPicked((picked + offered.length - 1) % offered.length),
    pick: () => offered[picked] && add(offered[picked].chip),
    close: () => setClosed(draft.text),
    cancel: onCancelEdit,
    send: onSend,
  };
  const keyed = (event: KeyboardEvent) => {
    const deed = deedOf(event, { offers: offered.length > 0, edits: editing !== undefined });
    if (deed !== undefined) {
      event.preventDefault();
      deeds[deed]();
    }
  };
  const empty = draft.text.trim() === "";

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      {editing && (
        <div class="editing">
          <span>Another way to ask. What followed it stays in the session of before.</span>
          <button type="button" class="quiet" onClick={onCancelEdit}>
            Cancel
          </button>
        </div>
      )}
      <ChipList chips={draft.chips} onRemove={remove} />
      <Mentions offered={offered} picked={picked} onPick={add} />
      <textarea
        ref={box}
        rows={2}
        value={draft.text}
        placeholder={state.busy ? "Say what comes next…" : "Ask, or give a task. @ adds context"}
        aria-label="Message"
        aria-autocomplete="list"
        {...(offered.length > 0 && {
          "aria-controls": "mentions",
          "aria-activedescendant": `mention-${picked}`,
        })}
        onInput={typed}
        onKeyDown={keyed}
        onKeyUp={(event) => setCaret(event.currentTarget.selectionStart)}
        onClick={(event) => setCaret(event.currentTarget.selectionStart)}
      />
      <div class="bottom">
        <select
          aria-label="Mode"
          title={state.modes.find(({ id }) => id === state.mode)?.about}
          value={state.mode}
          disabled={!state.loaded}
          onChange={(event) => post({ type: "mode", id: event.currentTarget.value })}
        >
          {state.modes.map(({ id, name, about }) => (
            <option key={id} value={id} title={about}>
              {name}
            </option>
          ))}
        </select>
        <select
          aria-label="Model"
          value={state.model}
          disabled={state.models.length === 0}
          onChange={(event) => post({ type: "model", name: event.currentTarget.value })}
        >
          {state.models.length === 0 && <option value="">no model</option>}
          {state.models.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <span class="space" />
        {state.busy && (
          <button
            type="button"
            class="plain"
            disabled={state.stopping}
            onClick={() => post({ type: "stop" })}
          >
            <Icon name="stop" /> <span class="label">{state.stopping ? "Stopping" : "Stop"}</span>
          </button>
        )}
        <button type="submit" class="main" disabled={empty || state.connection !== "running"}>
          <Icon name="send" /> <span class="label">{state.busy ? "Queue" : "Send"}</span>
        </button>
      </div>
    </form>
  );
}
