/**
 * The part of the Agent Client Protocol (https://agentclientprotocol.com, version 1) that the chat
 * speaks over the language server's connection, with Arriero's additions as docs/protocol.md gives
 * them.
 */

import type { Wire } from "../protocol/api";
import type { Context, Session } from "../protocol/messages";

export interface TextBlock {
  type: "text";
  text: string;
}

export type Block = TextBlock | { type: "resource"; resource: { uri: string; text: string } };

export interface SelectOption {
  type: "select";
  id: string;
  name: string;
  currentValue: string;
  options: { value: string; name: string }[];
}

export interface SessionSetup {
  /** Only in the answer to `session/new`. */
  sessionId?: string;
  modes: {
    currentModeId: string;
    availableModes: { id: string; name: string; description?: string | null }[];
  };
  configOptions?: SelectOption[] | null;
}

export interface ToolContent {
  type: "diff" | "content" | "terminal";
  path?: string;
  oldText?: string | null;
  newText?: string;
  content?: { type: string; text?: string };
}

export interface ToolCallUpdate {
  sessionUpdate: "tool_call" | "tool_call_update";
  toolCallId: string;
  title?: string;
  status?: "pending" | "in_progress" | "completed" | "failed";
  rawInput?: unknown;
  content?: ToolContent[];
  locations?: { path: string; line?: number | null }[];
  _meta?: { arriero?: { name?: string; runId?: string; status?: string; durationMs?: number } };
}

export interface ChunkUpdate {
  sessionUpdate: "user_message_chunk" | "agent_message_chunk" | "agent_thought_chunk";
  content: { type: string; text?: string };
  /** `<run>`, `<run>-<step>` or `<run>-<step>-thought`. */
  messageId?: string;
  _meta?: {
    arriero?: {
      notice?: "info" | "warning" | "error";
      retried?: { step: number; reason: string };
    };
  };
}

export type Update =
  | ChunkUpdate
  | ToolCallUpdate
  | { sessionUpdate: "current_mode_update"; currentModeId: string }
  | { sessionUpdate: "usage_update"; used: number; size: number }
  | { sessionUpdate: "available_commands_update" };

export interface UpdateParams {
  sessionId: string;
  update: Update;
}

export interface PermissionParams {
  sessionId: string;
  toolCall: { toolCallId: string; title?: string; content?: ToolContent[] };
  options: { optionId: string; name: string; kind: string }[];
}

export interface PermissionAnswer {
  outcome: { outcome: "cancelled" } | { outcome: "selected"; optionId: string };
}

export interface PromptAnswer {
  stopReason: "end_turn" | "max_tokens" | "max_turn_requests" | "refusal" | "cancelled";
  _meta?: { arriero?: { runId?: string; message?: string; applied?: boolean } };
}

/** The server's side of a chat. Every method rejects with a sentence when the server refuses. */
export class Acp {
  constructor(private readonly wire: Wire) {}

  newSession(cwd: string): Promise<SessionSetup> {
    return this.wire.sendRequest("session/new", { cwd, mcpServers: [] });
  }

  /** The history comes as updates before this resolves. */
  load(sessionId: string, cwd: string): Promise<SessionSetup> {
    return this.wire.sendRequest("session/load", { sessionId, cwd, mcpServers: [] });
  }

  prompt(sessionId: string, prompt: Block[]): Promise<PromptAnswer> {
    return this.wire.sendRequest("session/prompt", { sessionId, prompt });
  }

  cancel(sessionId: string): Promise<void> {
    return this.wire.sendNotification("session/cancel", { sessionId });
  }

  /** Ends a run that was not asked for with `prompt` here. */
  cancelRun(runId: string): Promise<unknown> {
    const params = { command: "arriero.cancel", arguments: [{ runId }] };
    return this.wire.sendRequest("workspace/executeCommand", params);
  }

  /** Answers all options as they are now. */
  async setOption(sessionId: string, configId: string, value: string): Promise<SelectOption[]> {
    const answer = await this.wire.sendRequest<{ configOptions: SelectOption[] }>(
      "session/set_config_option",
      { sessionId, configId, value },
    );
    return answer.configOptions;
  }

  /** Those of the open folders, newest first. */
  async sessions(): Promise<Session[]> {
    return this.sessionsAfter({});
  }

  /** Copies a session; with `before`, a run, only what precedes that. */
  async fork(sessionId: string, before?: string): Promise<string> {
    const params = before === undefined ? { fork: sessionId } : { fork: sessionId, before };
    const [copy] = await this.sessionsAfter(params);
    if (copy === undefined) {
      throw new Error("The copy of the session was not told.");
    }
    return copy.sessionId;
  }

  async rename(sessionId: string, title: string): Promise<void> {
    await this.sessionsAfter({ rename: sessionId, title });
  }

  /** Answers those that are left. */
  delete(sessionId: string): Promise<Session[]> {
    return this.sessionsAfter({ delete: sessionId });
  }

  /** The whole result of a tool call, undefined where it has none. */
  async result(sessionId: string, callId: string): Promise<string | undefined> {
    const answer = await this.wire.sendRequest<{
      events?: { kind: string; data: { call_id?: string; result?: string } }[];
    }>("arriero/sessions", { sessionId });
    const ended = answer.events?.find(
      ({ kind, data }) => kind === "tool_ended" && data.call_id === callId,
    );
    return ended?.data.result;
  }

  /** What the session takes of its model's window; undefined before a model has answered. */
  async context(sessionId: string): Promise<Context | undefined> {
    const answer = await this.wire.sendRequest<{ context: Context | null }>("arriero/context", {
      sessionId,
    });
    return answer.context ?? undefined;
  }

  private async sessionsAfter(params: unknown): Promise<Session[]> {
    const answer = await this.wire.sendRequest<{ sessions: Session[] }>("arriero/sessions", params);
    return answer.sessions;
  }
}
