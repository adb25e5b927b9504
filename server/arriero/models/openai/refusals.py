"""What OpenAI-compatible servers say when they refuse, and what the person is told instead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from arriero.models import sentences
from arriero.models.errors import (
    CallUnreadable,
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
from arriero.models.openai.said import Said, brief, read
from arriero.models.openai.servers import Server

# In the middle of an answer these only say why it broke off.
_ANY_TIME = (ModelError, NoMemory)
_BUSY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Asked:
    """Which model of which server a request was for; `model` is empty for listings."""

    provider: str
    base_url: str
    server: Server
    model: str = ""


class Loading(ServerBusy):
    """The server answers, and is still loading its model."""


class NoRoute(ProviderUnavailable):
    """The server answers, and has no such route."""


class Dropped(StreamBroken):
    """The connection was lost, or the answer ended before anything said so."""


def unreachable(asked: Asked, cause: str) -> ProviderUnavailable:
    """Nothing listens at the address, or it does not take the connection."""
    return ProviderUnavailable(
        f"{_upper(asked)} does not answer at {asked.base_url}: {asked.server.start}.", cause=cause
    )


def no_pull(asked: Asked) -> ModelError:
    """The protocol has no way to fetch a model."""
    return ModelError(
        f"Models cannot be fetched through {asked.server.label}: download {asked.model} with its "
        "own means, and load it there."
    )


def not_compatible(asked: Asked, cause: str) -> NoRoute:
    """Something answers, but not with OpenAI's protocol."""
    return NoRoute(
        f"What answers at {asked.base_url} does not speak OpenAI's protocol there: set "
        f"`providers.{asked.provider}.base_url` to the address before `/chat/completions`, which "
        "usually ends with `/v1`.",
        cause=cause,
    )


def broken(asked: Asked, cause: str) -> StreamBroken:
    """The answer held something that cannot be read, or the server gave it up."""
    return StreamBroken(_stopped(asked), cause=cause)


def dropped(asked: Asked, cause: str) -> Dropped:
    """The answer stopped before its end."""
    return Dropped(_stopped(asked), cause=cause)


def silent(asked: Asked, seconds: float) -> StreamBroken:
    """The answer began, and nothing further came."""
    return StreamBroken(
        sentences.silent(asked.provider, asked.model, seconds), cause="idle timeout"
    )


def unreadable_call(asked: Asked, cause: str, text: str) -> CallUnreadable:
    """A tool call that the server or we cannot read; `text` is the call as the model wrote it."""
    return CallUnreadable(
        f"{asked.model} wrote a tool call that cannot be read: ask again in other words, or choose "
        "another model.",
        cause=cause,
        text=text,
    )


def no_model(asked: Asked, cause: str, names: str = "") -> ModelNotFound:
    """The server lacks the model; `names` are those that it has."""
    others = f"choose one that is there: {names}" if names else "choose another one"
    return ModelNotFound(
        f"{_upper(asked)} at {asked.base_url} has no model {asked.model}: load it there, or "
        f"{others}.",
        cause=cause,
    )


def refusal(asked: Asked, status: int, body: str) -> ModelError:
    """Turn an answer with an error status into the error of its kind."""
    said = read(body)
    if status in {401, 403}:
        return _denied(asked, said)
    if status in _BUSY:
        return _busy(asked, status, said)
    found = _classified(asked, said)
    if found is not None:
        return found
    if status in {404, 405} or "unexpected endpoint" in said.text.lower():
        return not_compatible(asked, f"status {status}: {said.text}")
    return ModelError(
        f"{_upper(asked)} refused the request ({brief(said.text) or f'status {status}'}): look "
        "into its log, or choose another model.",
        cause=f"status {status}: {said.text}",
    )


def error_event(asked: Asked, error: object) -> ModelError:
    """Turn an error in the middle of a stream into the error of its kind."""
    said = read(json.dumps({"error": error}))
    if said.code in _BUSY:
        return _busy(asked, said.code, said)
    found = _classified(asked, said)
    if found is None:
        return broken(asked, said.text)
    return StreamBroken(str(found), cause=said.text) if type(found) in _ANY_TIME else found


def _denied(asked: Asked, said: Said) -> ProviderUnavailable:
    variable = sentences.key_variable(asked.provider)
    return ProviderUnavailable(
        f"{_upper(asked)} at {asked.base_url} wants another API key: set {variable} in the "
        "environment.",
        cause=said.text or "no key",
    )


def _busy(asked: Asked, status: int, said: Said) -> ServerBusy:
    cause = said.text or f"status {status}"
    if re.search(r"loading model|model is (still )?loading", said.text, re.IGNORECASE):
        return Loading(
            f"{_upper(asked)} is still loading its model: try again when it is done.", cause=cause
        )
    return ServerBusy(
        f"{_upper(asked)} cannot take the request now: try again in a moment.", cause=cause
    )


def _too_long(asked: Asked, said: Said) -> ModelError:
    told = (
        f"needs {said.prompt} tokens, and the window of {asked.model} has {said.window}"
        if said.prompt and said.window
        else f"is longer than the window of {asked.model}"
    )
    # A prompt that fits by itself leaves no room for the answer.
    shorter = (
        "set `agent.max_answer_tokens` lower"
        if 0 < said.prompt < said.window
        else "start a new session"
    )
    return WindowExceeded(
        f"The conversation {told}: {shorter}, or {asked.server.widen}.",
        cause=said.text,
        prompt=said.prompt,
        window=said.window,
    )


def _no_tools(asked: Asked, said: Said) -> ModelError:
    if "jinja" in said.text:
        mend = "restart llama-server with `--jinja`"
    elif "tool-call-parser" in said.text:
        mend = "restart vLLM with `--enable-auto-tool-choice` and the model's `--tool-call-parser`"
    else:
        mend = "choose another model"
    return ToolsUnsupported(
        f"{_upper(asked)} gives {asked.model} no tools as it is: {mend}.", cause=said.text
    )


def _not_found(asked: Asked, said: Said) -> ModelError:
    return no_model(asked, said.text)


def _no_memory(asked: Asked, said: Said) -> NoMemory:
    return NoMemory(
        f"{_upper(asked)} cannot load {asked.model}: look into its log, and choose a smaller model "
        "or window if the memory is full.",
        cause=said.text,
    )


def _bad_call(asked: Asked, said: Said) -> ModelError:
    shown = _WRITTEN.search(said.text)
    return unreadable_call(asked, said.text, shown[1] if shown else "")


def no_filling(asked: Asked, cause: str) -> FillingUnsupported:
    """The server, or its model, does not write what belongs between two texts."""
    return FillingUnsupported(
        f"{_upper(asked)} cannot complete in the middle of a text with {asked.model}: set "
        "`completion.provider` and `completion.model` to what can.",
        cause=cause,
    )


def _no_filling(asked: Asked, said: Said) -> ModelError:
    return no_filling(asked, said.text)


def _no_embedding(asked: Asked, said: Said) -> ModelError:
    return EmbeddingUnsupported(
        f"{_upper(asked)} cannot embed texts with {asked.model}: choose a model that is made for "
        "it, and start the server for embeddings.",
        cause=said.text,
    )


_TOO_LONG = (
    r"exceed_context_size|context_length_exceeded|available context|maximum context length"
    r"|context length is only|maximum model length|context the overflows|n_keep.*n_ctx"
)
_NO_TOOLS = (
    r"--jinja|--enable-auto-tool-choice|unsupported param: tools|generate parser for this template"
    r"|(not support|unsupported).{0,20}(tool|function)|(tool|function).{0,20}(not support|unsupp)"
)
_BAD_CALL = r"pars(e|ing) tool call|tool call.*pars|failed to parse (input|xml)|XML syntax error"
_NO_FILLING = (
    r"infill is not supported|suffix.{0,20}(not.{0,12} support|unsupport)|not support.{0,20}suffix"
)
# llama.cpp shows what is left where its parser stopped, LM Studio and Ollama what the model wrote.
_WRITTEN = re.compile(
    r"(?:failed to parse input at pos \d+: |model output: |raw=')(.*?)(?:', err=.*)?$",
    re.IGNORECASE | re.DOTALL,
)
# The first that matches decides. The sentences are those of llama.cpp, vLLM and LM Studio.
_KINDS: tuple[tuple[re.Pattern[str], Callable[[Asked, Said], ModelError]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), build)
    for pattern, build in (
        # Before all others: what follows is the model's, and may hold any of their words.
        (r"^(error parsing tool call|failed to parse (input|tool call))", _bad_call),
        (_TOO_LONG, _too_long),
        (_NO_TOOLS, _no_tools),
        (r"model\b.*(not found|does not exist)|model_not_found|no models? loaded", _not_found),
        (r"out of memory|insufficient .*(memory|resources)|failed to load model", _no_memory),
        (_BAD_CALL, _bad_call),
        (_NO_FILLING, _no_filling),
        (r"not support embeddings|not support .*embeddings api", _no_embedding),
    )
)


def _classified(asked: Asked, said: Said) -> ModelError | None:
    text = f"{said.text} {said.kind}"
    return next((build(asked, said) for kind, build in _KINDS if kind.search(text)), None)


def _stopped(asked: Asked) -> str:
    return (
        f"The answer of {asked.model} stopped in the middle: try again, and look into the log of "
        f"{asked.server.label} if it happens again."
    )


def _upper(asked: Asked) -> str:
    """The server's name at the beginning of a sentence."""
    label = asked.server.label
    return label if label.startswith("llama") else label[:1].upper() + label[1:]
