/** The conversation of `arriero/chat`, from VS Code's. No `vscode` here: tests run it bare. */

export interface ChatCall {
  id: string;
  name: string;
  arguments: Record<string, unknown>;
}

export interface ChatTurn {
  role: "system" | "user" | "assistant" | "tool";
  content: string;
  toolCalls?: ChatCall[];
  toolCallId?: string;
  toolName?: string;
}

/** A part of a message, as far as it is understood. */
export type Part =
  | { kind: "text"; text: string }
  | { kind: "call"; call: ChatCall }
  | { kind: "result"; id: string; text: string };

export interface Told {
  role: "system" | "user" | "assistant";
  parts: Part[];
}

/** In the order of the server: a message's results of tools come before what is said beside them. */
export function chatTurns(told: readonly Told[]): ChatTurn[] {
  const names = new Map<string, string>();
  return told.flatMap(({ role, parts }) => {
    const turns: ChatTurn[] = [];
    const calls: ChatCall[] = [];
    let content = "";
    for (const part of parts) {
      if (part.kind === "text") {
        content += part.text;
      } else if (part.kind === "call") {
        calls.push(part.call);
        names.set(part.call.id, part.call.name);
      } else {
        turns.push(resultTurn(part.id, part.text, names.get(part.id)));
      }
    }
    if (content !== "" || calls.length > 0 || turns.length === 0) {
      turns.push({ role, content, ...(calls.length > 0 && { toolCalls: calls }) });
    }
    return turns;
  });
}

function resultTurn(id: string, content: string, name: string | undefined): ChatTurn {
  return { role: "tool", content, toolCallId: id, ...(name !== undefined && { toolName: name }) };
}

/** About how many tokens a text has: bytes of it to one, which errs on the side of too many. */
const bytesPerToken = 3.5;

export function tokensOf(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / bytesPerToken);
}
