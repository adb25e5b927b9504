"""What Ollama says when it refuses, and what the person is told instead."""

from __future__ import annotations

import re
from collections.abc import Callable
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
    ServerBusy,
    StreamBroken,
    ToolsUnsupported,
    WindowExceeded,
)
from arriero.models.json_values import decoded

RECOMMENDED_MODEL = "qwen3"
RECOMMENDED_EMBEDDER = "nomic-embed-text"
RECOMMENDED_FILLER = "qwen2.5-coder:1.5b"
UNREADABLE_CALL = "error parsing tool call"
_SHOWN = 300
_LOOKED_AT = 4_000  # characters of what Ollama says that tell what it means
# In the middle of an answer these only say why it broke off.
_ANY_TIME = (ModelError, NoMemory)


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


def refusal(asked: Asked, status: int, body: str) -> ModelError:
    """Turn an answer with an error status into the error of its kind."""
    text = _error_text(body)
    if status == 401 and _SIGN_IN in body:
        return _signed_out(asked, body)
    if status in {401, 403}:
        return _denied(asked, status, text)
    if status == 503:
        return ServerBusy(
            "Ollama has too many requests waiting: try again in a moment.",
            cause=text or "status 503",
        )
    if text is None:
        return not_ollama(asked, f"status {status}: {body[:_SHOWN]}")
    if (known := _classified(asked, text)) is not None:
        return known
    if status == 404:  # Ollama has it only for a missing model, and in plain text
        return not_ollama(asked, f"status {status}: {text}")
    return ModelError(
        f"Ollama refused the request ({_brief(text)}): look into its log, or choose another model.",
        cause=f"status {status}: {text}",
    )


def error_line(asked: Asked, text: str) -> ModelError:
    """Turn the error line of a stream that had begun into the error of its kind."""
    found = _classified(asked, text)
    if found is None or type(found) in _ANY_TIME:
        told = str(found) if found else str(broken(asked, text))
        return StreamBroken(told, cause=text)
    return found


def _denied(asked: Asked, status: int, text: str | None) -> ProviderUnavailable:
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


def _signed_out(asked: Asked, text: str) -> ProviderUnavailable:
    """The model runs in Ollama's cloud, for which the server at hand has no account."""
    return ProviderUnavailable(
        f"{asked.model} runs in Ollama's cloud: run `ollama signin`, or choose a model that is on "
        "this machine.",
        cause=text,
    )


def _not_found(asked: Asked, text: str) -> ModelError:
    return ModelNotFound(
        f"Ollama has no model {asked.model}: fetch it with `ollama pull {asked.model}`.",
        cause=text,
    )


def _no_tools(asked: Asked, text: str) -> ModelError:
    return ToolsUnsupported(
        f"The model {asked.model} cannot use tools: choose another one, such as "
        f"{RECOMMENDED_MODEL} (`ollama pull {RECOMMENDED_MODEL}`).",
        cause=text,
    )


def _no_thinking(asked: Asked, text: str) -> ModelError:
    return ModelError(
        f"The model {asked.model} cannot think so: remove the setting `agent.think`, or choose "
        "another model.",
        cause=text,
    )


def _too_long(asked: Asked, text: str) -> ModelError:
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


def _no_memory(asked: Asked, text: str) -> NoMemory:
    return NoMemory(
        f"There is not enough memory for {asked.model}: choose a smaller model, or set "
        "`window.num_ctx` lower.",
        cause=text,
    )


def _no_chat(asked: Asked, text: str) -> ModelError:
    return ChatUnsupported(
        f"The model {asked.model} cannot chat: choose another one, such as {RECOMMENDED_MODEL} "
        f"(`ollama pull {RECOMMENDED_MODEL}`).",
        cause=text,
    )


def _outdated(asked: Asked, text: str) -> ModelError:
    return ModelError(
        f"Ollama cannot load {asked.model}: update Ollama, and fetch the model again with "
        f"`ollama pull {asked.model}`.",
        cause=text,
    )


def _unreadable_call(asked: Asked, text: str) -> ModelError:
    shown = _WRITTEN.search(text)
    return CallUnreadable(
        f"{asked.model} wrote a tool call that Ollama could not read: ask again in other words, or "
        "choose another model.",
        cause=text,
        text=shown[1] if shown else "",
    )


def _no_embedding(asked: Asked, text: str) -> ModelError:
    return EmbeddingUnsupported(
        f"The model {asked.model} cannot embed texts: choose one that is made for it, such as "
        f"{RECOMMENDED_EMBEDDER} (`ollama pull {RECOMMENDED_EMBEDDER}`).",
        cause=text,
    )


def _no_filling(asked: Asked, text: str) -> ModelError:
    return FillingUnsupported(
        f"The model {asked.model} cannot complete in the middle of a text: set `completion.model` "
        f"to one that can, such as {RECOMMENDED_FILLER} (`ollama pull {RECOMMENDED_FILLER}`).",
        cause=text,
    )


def _crashed(asked: Asked, text: str) -> ModelError:
    return StreamBroken(
        f"The model {asked.model} crashed in Ollama: try again, and choose a smaller model or set "
        "`window.num_ctx` lower if it happens again.",
        cause=text,
    )


# Only the parser of gpt-oss shows what the model wrote; the others tell where they stopped.
_WRITTEN = re.compile(r"raw='(.*)', err=", re.DOTALL)
# Ollama's parsers of calls are Go's decoders of JSON and XML, whose bare sentences reach the
# client. Go would tell a request that is no JSON in the same words, but ours are. Arguments in the
# history that are no object are refused with the sentence about a closing symbol.
_UNREADABLE = (
    rf"{UNREADABLE_CALL}|tool call.*pars|XML syntax error|failed to parse (XML|input|tool)"
    r"|expected element type <|value looks like (an? )?(object|array|string|number|boolean)"
    r"|^invalid character .* (after|in|looking)|^unexpected end of JSON|^EOF$"
    r"|cannot unmarshal .* into Go value of type"
)
_TOO_LONG = (
    r"exceed_context_size|(longer than|exceeds?) the (available )?context"
    r"|exceeds maximum context|prompt removed by truncation|keep exceeds context"
)
_NO_MEMORY = (
    r"requires more system memory|out of memory|cudaMalloc failed"
    r"|failed to (allocate|commit) memory|memory layout cannot be allocated"
    r"|unable to load full model|model failed to load, this may"
    r"|timed out waiting for llama runner"
)
_SIGN_IN = '"signin_url"'
# The first that matches decides. The sentences are from Ollama's source and recorded answers.
_KINDS: tuple[tuple[re.Pattern[str], Callable[[Asked, str], ModelError]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), build)
    for pattern, build in (
        # Before all others: what follows is the model's, and may hold any of their words.
        (rf"^({UNREADABLE_CALL}|failed to parse input)", _unreadable_call),
        (_TOO_LONG, _too_long),
        (r"does not support tools", _no_tools),
        (r"does not support thinking|think value .* is not supported", _no_thinking),
        (r"does not support insert", _no_filling),
        (r"does not support (chat|generate)", _no_chat),
        (r"model .*not found", _not_found),
        (_NO_MEMORY, _no_memory),
        (r"incompatible with your version|unknown model architecture", _outdated),
        (_UNREADABLE, _unreadable_call),
        (r"not support embeddings", _no_embedding),
        (r"while running the model|runner .*(stopped|terminated|crash)|unexpected EOF", _crashed),
    )
)


def _classified(asked: Asked, text: str) -> ModelError | None:
    return next(
        (build(asked, text) for kind, build in _KINDS if kind.search(text, 0, _LOOKED_AT)), None
    )


def _error_text(body: str) -> str | None:
    """Return the `error` of an answer, None if it is not Ollama's JSON."""
    try:
        value = decoded(body)
    except ValueError:
        return None
    error = value.get("error") if isinstance(value, dict) else None
    return error if isinstance(error, str) else None


def _counts(text: str) -> tuple[int, int]:
    """Read the tokens of the prompt and of the window from llama.cpp's JSON inside the error."""
    try:
        inner = decoded(text)["error"]
        return int(inner["n_prompt_tokens"]), int(inner["n_ctx"])
    except (ValueError, KeyError, TypeError):
        return 0, 0


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
