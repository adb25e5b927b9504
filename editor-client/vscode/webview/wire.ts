import type { Draft, FromView, ToView } from "../src/chat/messages";

interface Host {
  postMessage(message: FromView): void;
  getState(): Draft | undefined;
  setState(state: Draft): void;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();

export function post(message: FromView): void {
  host.postMessage(message);
}

/** Keep what is written while the view is hidden, and over a reload of the window. */
export function keep(draft: Draft): void {
  host.setState(draft);
  post({ type: "draft", ...draft });
}

export function kept(): Draft {
  return host.getState() ?? { text: "", chips: [] };
}

export function listen(take: (message: ToView) => void): void {
  window.addEventListener("message", ({ data }: MessageEvent<ToView>) => take(data));
}
