import type { ToolFile, ToolItem, ToolState } from "../../src/chat/items";
import { Icon } from "../icons";
import { post } from "../wire";
import { Fold } from "./fold";
import { Output } from "./output";
import { duration, nameOf } from "./words";

const said: Record<ToolState, string> = {
  running: "running",
  done: "done",
  failed: "failed",
  refused: "refused",
  cancelled: "stopped",
};

/** A call of a tool: its state at a glance, what it was given and what came of it when opened. */
export function Tool({ item }: { item: ToolItem }) {
  const details = [said[item.state], item.ms >= 100 ? duration(item.ms) : ""].filter(Boolean);
  const summary = (
    <>
      <State state={item.state} />
      <span class="title">{item.title}</span>
      <span class="state">{details.join(" · ")}</span>
    </>
  );
  return (
    <Fold name={`${item.runId} ${item.id}`} class={`tool ${item.state}`} summary={summary}>
      <dl>
        {item.name && (
          <>
            <dt>Tool</dt>
            <dd>
              <code>{item.name}</code>
            </dd>
          </>
        )}
        {item.arguments.map(([name, value]) => (
          <Argument key={name} name={name} value={value} />
        ))}
      </dl>
      {item.files.length > 0 && <Files files={item.files} />}
      {item.result && <Output label="Result" text={item.result} />}
      {item.cut && (
        <button type="button" class="quiet" onClick={() => post({ type: "result", id: item.id })}>
          Show the whole result
        </button>
      )}
    </Fold>
  );
}

function State({ state }: { state: ToolState }) {
  if (state === "running") {
    return <span class="spinner" aria-hidden="true" />;
  }
  return <Icon name={state === "done" ? "done" : state === "failed" ? "failed" : "close"} />;
}

function Argument({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <code>{value}</code>
      </dd>
    </>
  );
}

function Files({ files }: { files: readonly ToolFile[] }) {
  return (
    <ul class="files">
      {files.map(({ path, line, added, removed }) => (
        <li key={`${path}:${line}`}>
          <button
            type="button"
            class="file"
            title={path}
            onClick={() => post({ type: "file", path, line })}
          >
            {line > 0 ? `${nameOf(path)}:${line}` : nameOf(path)}
          </button>
          <Counts added={added} removed={removed} />
        </li>
      ))}
    </ul>
  );
}

/** How many lines come and go. */
export function Counts({ added, removed }: { added: number; removed: number }) {
  if (added + removed === 0) {
    return null;
  }
  return (
    <span class="counts">
      <span class="added">+{added}</span> <span class="removed">−{removed}</span>
    </span>
  );
}
