import { useState } from "preact/hooks";
import type { SessionLine } from "../src/chat/messages";
import { count } from "./items/words";
import { Panel } from "./panel";
import { post } from "./wire";

interface Props {
  sessions: readonly SessionLine[];
  onClose: () => void;
}

/** The sessions of the workspace: to go on with, copy, rename or delete. */
export function Sessions({ sessions, onClose }: Props) {
  const [wanted, want] = useState("");
  const shown = sessions.filter(({ title }) => title.toLowerCase().includes(wanted.toLowerCase()));
  const open = (sessionId: string) => {
    post({ type: "open", sessionId });
    onClose();
  };
  const begin = () => {
    post({ type: "new" });
    onClose();
  };
  return (
    <Panel title="Sessions" onClose={onClose}>
      <div class="find">
        <input
          type="search"
          autofocus
          placeholder="Find a session"
          aria-label="Find a session"
          value={wanted}
          onInput={(event) => want(event.currentTarget.value)}
        />
        <button type="button" class="main" onClick={begin}>
          New chat
        </button>
      </div>
      <ul class="sessions">
        {shown.map((session) => (
          <Session
            key={session.sessionId}
            session={session}
            onOpen={() => open(session.sessionId)}
          />
        ))}
      </ul>
      {shown.length === 0 && <p class="state">There is none.</p>}
    </Panel>
  );
}

function Session({ session, onOpen }: { session: SessionLine; onOpen: () => void }) {
  const { sessionId, title, when, runs, queued, current } = session;
  const [name, setName] = useState<string>();
  const rename = (event: Event) => {
    event.preventDefault();
    if (name?.trim()) {
      post({ type: "rename", sessionId, title: name });
    }
    setName(undefined);
  };
  return (
    <li aria-current={current ? "true" : undefined}>
      {name === undefined ? (
        <button type="button" class="name" onClick={onOpen}>
          {title}
        </button>
      ) : (
        <form onSubmit={rename}>
          <input
            aria-label="New name"
            value={name}
            ref={(input) => input?.focus()}
            onInput={(event) => setName(event.currentTarget.value)}
            onBlur={rename}
          />
        </form>
      )}
      <span class="state">
        {when} · {count(runs, "message")}
        {queued > 0 && `, ${queued} queued`}
      </span>
      <span class="acts">
        <button type="button" class="quiet" onClick={() => setName(title)}>
          Rename<span class="hidden"> {title}</span>
        </button>
        <button type="button" class="quiet" onClick={() => post({ type: "fork", sessionId })}>
          Copy<span class="hidden"> {title}</span>
        </button>
        <button type="button" class="quiet" onClick={() => post({ type: "delete", sessionId })}>
          Delete<span class="hidden"> {title}</span>
        </button>
      </span>
    </li>
  );
}
