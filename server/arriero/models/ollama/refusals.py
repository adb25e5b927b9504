"""What the person is told when Ollama refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from arriero.models import sentences, trust
from arriero.models.errors import (
    CallUnreadable,
    ChatUnsupported,
    EmbeddingUnsupported,
    FillingUnsupported,
    ModelError,
    ModelNotFound,
    NoMemory,
    ProviderUnavailable,
    StreamBroken,
    ToolsUnsupported,
    WindowExceeded,
)
from arriero.models.json_values import decoded

RECOMMENDED_MODEL = "qwen3"
RECOMMENDED_EMBEDDER = "nomic-embed-text"
RECOMMENDED_FILLER = "qwen2.5-coder:1.5b"


@dataclass(frozen=True)
class Asked:
    """Which model of which server a request was for; `model` is empty for listings."""

    provider: str
    base_url: str
    model: str = ""


def unreachable(asked: Asked, error: BaseException | None) -> ProviderUnavailable:
    """Nothing listens at the address, or it does not take the connection, or is not trusted."""
    if error and (told := trust.refused(asked.provider, asked.base_url, error)):
        return told
    return ProviderUnavailable(
        f"Ollama does not answer at {asked.base_url}: start it with `ollama serve`, or install it "
        "from https://ollama.com/download.",
        cause=repr(error),
    )


def not_ollama(asked: Asked, cause: str) -> ProviderUnavailable:
    """Something answers, but not with Ollama's protocol."""
    entry = f"providers.{asked.provider}"
    return ProviderUnavailable(
        f"What answers at {asked.base_url} is not Ollama: set `{entry}.base_url` to Ollama's "
        f"address, or `{entry}.kind` to `openai` if it speaks OpenAI's protocol.",
        cause=cause,
    )


def broken(asked: Asked, cause: str) -> StreamBroken:
    """The answer stopped before its last line."""
    return StreamBroken(
        f"The answer of {asked.model} stopped in the middle: try again, and look into Ollama's log "
        "if it happens again.",
        cause=cause,
    )


def silent(asked: Asked, seconds: float) -> StreamBroken:
    """The answer began, and nothing further came."""
    return StreamBroken(
        sentences.silent(asked.provider, asked.model, seconds), cause="idle timeout"
    )


def denied(asked: Asked, status: int, text: str | None) -> ProviderUnavailable:
    """It wants a key, or does not know the name that it is asked by."""
    if status == 401:
        return ProviderUnavailable(
            f"{asked.base_url} wants an API key: set {sentences.key_variable(asked.provider)} in "
            "the environment.",
            cause=text or "status 401",
        )
    return ProviderUnavailable(
        f"Ollama refuses requests that are addressed to {asked.base_url}: use its IP address, or "
        "set OLLAMA_HOST where it runs.",
        cause=text or "status 403",
    )


def signed_out(asked: Asked, text: str) -> ProviderUnavailable:
    """The model runs in Ollama's cloud, for which the server at hand has no account."""
    return ProviderUnavailable(
        f"{asked.model} runs in Ollama's cloud: run `ollama signin`, or choose a model that is on "
        "this machine.",
        cause=text,
    )


def not_found(asked: Asked, text: str) -> ModelError:
    """The model is not there."""
    return ModelNotFound(
        f"Ollama has no model {asked.model}: fetch it with `ollama pull {asked.model}`.",
        cause=text,
    )


def no_tools(asked: Asked, text: str) -> ModelError:
    """The model has no place for tools."""
    return ToolsUnsupported(
        f"The model {asked.model} cannot use tools: choose another one, such as "
        f"{RECOMMENDED_MODEL} (`ollama pull {RECOMMENDED_MODEL}`).",
        cause=text,
    )


def no_thinking(asked: Asked, text: str) -> ModelError:
    """The model cannot think, or not as much as is wanted."""
    return ModelError(
        f"The model {asked.model} cannot think so: remove the setting `agent.think`, or choose "
        "another model.",
        cause=text,
    )


def too_long(asked: Asked, text: str) -> ModelError:
    """The prompt does not fit into the window."""
    prompt, window = _counts(text)
    told = (
        f"needs {prompt} tokens, and the window of {asked.model} has {window}"
        if prompt and window
        else f"is longer than the window of {asked.model}"
    )
    return WindowExceeded(
        f"The conversation {told}: start a new session, or set `window.num_ctx` higher.",
        cause=text,
        prompt=prompt,
        window=window,
    )


def no_memory(asked: Asked, text: str) -> NoMemory:
    """The model does not fit into memory."""
    return NoMemory(
        f"There is not enough memory for {asked.model}: choose a smaller model, or set "
        "`window.num_ctx` lower.",
        cause=text,
    )


def no_chat(asked: Asked, text: str) -> ModelError:
    """The model is for something else."""
    return ChatUnsupported(
        f"The model {asked.model} cannot chat: choose another one, such as {RECOMMENDED_MODEL} "
        f"(`ollama pull {RECOMMENDED_MODEL}`).",
        cause=text,
    )


def outdated(asked: Asked, text: str) -> ModelError:
    """The model is newer than Ollama."""
    return ModelError(
        f"Ollama cannot load {asked.model}: update Ollama, and fetch the model again with "
        f"`ollama pull {asked.model}`.",
        cause=text,
    )


def unreadable_call(asked: Asked, text: str) -> ModelError:
    """Ollama gave up on what the model wrote."""
    shown = _WRITTEN.search(text)
    return CallUnreadable(
        f"{asked.model} wrote a tool call that Ollama could not read: ask again in other words, or "
        "choose another model.",
        cause=text,
        text=shown[1] if shown else "",
    )


def no_embedding(asked: Asked, text: str) -> ModelError:
    """The model makes no vectors."""
    return EmbeddingUnsupported(
        f"The model {asked.model} cannot embed texts: choose one that is made for it, such as "
        f"{RECOMMENDED_EMBEDDER} (`ollama pull {RECOMMENDED_EMBEDDER}`).",
        cause=text,
    )


def no_filling(asked: Asked, text: str) -> ModelError:
    """The model cannot write between two texts."""
    return FillingUnsupported(
        f"The model {asked.model} cannot complete in the middle of a text: set `completion.model` "
        f"to one that can, such as {RECOMMENDED_FILLER} (`ollama pull {RECOMMENDED_FILLER}`).",
        cause=text,
    )


def crashed(asked: Asked, text: str) -> ModelError:
    """The process of the model ended."""
    return StreamBroken(
        f"The model {asked.model} crashed in Ollama: try again, and choose a smaller model or set "
        "`window.num_ctx` lower if it happens again.",
        cause=text,
    )


# Only the parser of gpt-oss shows what the model wrote; the others tell where they stopped.
_WRITTEN = re.compile(r"raw='(.*)', err=", re.DOTALL)


def _counts(text: str) -> tuple[int, int]:
    """Read the tokens of the prompt and of the window from llama.cpp's JSON inside the error."""
    try:
        inner = decoded(text)["error"]
        return int(inner["n_prompt_tokens"]), int(inner["n_ctx"])
    except (ValueError, KeyError, TypeError):
        return 0, 0
