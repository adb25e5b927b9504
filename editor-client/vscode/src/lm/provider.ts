import {
  type CancellationToken,
  type Disposable,
  EventEmitter,
  type LanguageModelChatInformation,
  LanguageModelChatMessageRole,
  type LanguageModelChatProvider,
  type LanguageModelChatRequestMessage,
  type LanguageModelResponsePart,
  LanguageModelTextPart,
  LanguageModelToolCallPart,
  LanguageModelToolResultPart,
  type LogOutputChannel,
  lm,
  type Progress,
  type ProvideLanguageModelChatResponseOptions,
} from "vscode";
import type { Model } from "../protocol/messages";
import type { Server } from "../server/server";
import { chatTurns, type Part, tokensOf } from "./messages";

const vendor = "arriero";
/** Models that are described at most: each takes a request of the provider. */
const mostModels = 50;
/** The part of a model's window that is left to its answer. */
const answerShare = 4;

/** The user's local models for VS Code's own chat and for other extensions. */
class LocalModels implements LanguageModelChatProvider {
  private readonly changes = new EventEmitter<void>();
  readonly onDidChangeLanguageModelChatInformation = this.changes.event;
  private known: string | undefined;

  constructor(
    private readonly server: Server,
    private readonly log: LogOutputChannel,
  ) {
    server.onState(() => this.changes.fire());
    server.onStatus(({ provider, providerState }) => {
      const known = `${provider} ${providerState}`;
      if (known !== this.known) {
        this.known = known;
        this.changes.fire();
      }
    });
  }

  async provideLanguageModelChatInformation(): Promise<LanguageModelChatInformation[]> {
    if (this.server.state !== "running") {
      return [];
    }
    try {
      const { models } = await (await this.server.api()).models();
      const told = models.slice(0, mostModels).map((model) => this.describe(model));
      return (await Promise.all(told)).filter((one) => one !== undefined);
    } catch (error) {
      this.log.debug("The models are not known:", String(error));
      return [];
    }
  }

  async provideLanguageModelChatResponse(
    { id }: LanguageModelChatInformation,
    messages: readonly LanguageModelChatRequestMessage[],
    { tools }: ProvideLanguageModelChatResponseOptions,
    progress: Progress<LanguageModelResponsePart>,
    token: CancellationToken,
  ): Promise<void> {
    const told = messages.map(({ role, content }) => ({
      role: roleOf(role),
      parts: content.flatMap(partOf),
    }));
    const asked = {
      model: id,
      messages: chatTurns(told),
      tools: (tools ?? []).map(({ name, description, inputSchema }) => ({
        name,
        description,
        parameters: inputSchema ?? { type: "object" },
      })),
    };
    const api = await this.server.api();
    await api.chat(asked, token, ({ text, call }) => {
      if (text) {
        progress.report(new LanguageModelTextPart(text));
      }
      if (call) {
        progress.report(new LanguageModelToolCallPart(call.id, call.name, call.arguments));
      }
    });
  }

  async provideTokenCount(
    _model: LanguageModelChatInformation,
    text: string | LanguageModelChatRequestMessage,
  ): Promise<number> {
    if (typeof text === "string") {
      return tokensOf(text);
    }
    const words = text.content
      .flatMap(partOf)
      .map((part) =>
        part.kind === "call" ? part.call.name + JSON.stringify(part.call.arguments) : part.text,
      );
    return tokensOf(words.join("\n"));
  }

  private async describe({ name, parameterSize }: Model) {
    const { shown } = await (await this.server.api()).showModel(name);
    if (shown == null || !shown.capabilities.includes("completion")) {
      return undefined; // such as one that only embeds
    }
    const window = Math.max(shown.window, 2048);
    const answer = Math.floor(window / answerShare);
    return {
      id: name,
      name,
      family: shown.family || name,
      version: name.split(":")[1] ?? "latest",
      detail: [shown.provider, parameterSize].filter(Boolean).join(" · "),
      maxInputTokens: window - answer,
      maxOutputTokens: answer,
      capabilities: { toolCalling: shown.capabilities.includes("tools"), imageInput: false },
    };
  }
}

/** Offer the models where VS Code takes them; nothing where it does not. */
export function offerModels(server: Server, log: LogOutputChannel): Disposable {
  if (typeof lm?.registerLanguageModelChatProvider !== "function") {
    log.debug("This editor takes no language models of extensions.");
    return { dispose: () => {} };
  }
  return lm.registerLanguageModelChatProvider(vendor, new LocalModels(server, log));
}

/** Roles beyond these two are VS Code's word for instructions. */
function roleOf(role: LanguageModelChatMessageRole): "system" | "user" | "assistant" {
  switch (role) {
    case LanguageModelChatMessageRole.User:
      return "user";
    case LanguageModelChatMessageRole.Assistant:
      return "assistant";
    default:
      return "system";
  }
}

/** Parts of other kinds, such as images, are left out: the models are offered without them. */
function partOf(part: unknown): Part[] {
  if (part instanceof LanguageModelTextPart) {
    return [{ kind: "text", text: part.value }];
  }
  if (part instanceof LanguageModelToolCallPart) {
    const { callId: id, name, input } = part;
    return [{ kind: "call", call: { id, name, arguments: { ...input } } }];
  }
  if (part instanceof LanguageModelToolResultPart) {
    const text = part.content.flatMap(partOf).map((one) => (one.kind === "text" ? one.text : ""));
    return [{ kind: "result", id: part.callId, text: text.join("") }];
  }
  return [];
}
