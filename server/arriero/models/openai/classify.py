"""Which error it is that an OpenAI-compatible server tells in its own words.

The sentences are those of llama.cpp (builds of 2024 to 2026), vLLM and LM Studio, as their sources
have them or as they were recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from arriero.models import sentences
from arriero.models.errors import (
    EmbeddingUnsupported,
    ModelError,
    NoMemory,
    ProviderUnavailable,
    ServerBusy,
    StreamBroken,
    ToolsUnsupported,
    WindowExceeded,
)
from arriero.models.openai import refusals
from arriero.models.openai.refusals import Asked, Loading, upper
from arriero.models.openai.said import LOOKED_AT, Said, brief, read

# In the middle of an answer these only say why it broke off.
_ANY_TIME = (ModelError, NoMemory)
_BUSY = frozenset({429, 502, 503, 504})


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
        return refusals.not_there(asked, f"status {status}: {said.text}")
    return ModelError(
        f"{upper(asked)} refused the request ({brief(said.text) or f'status {status}'}): look "
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
        return refusals.broken(asked, said.text)
    return StreamBroken(str(found), cause=said.text) if type(found) in _ANY_TIME else found


def _denied(asked: Asked, said: Said) -> ProviderUnavailable:
    variable = sentences.key_variable(asked.provider)
    return ProviderUnavailable(
        f"{upper(asked)} at {asked.base_url} wants another API key: set {variable} in the "
        "environment.",
        cause=said.text or "no key",
    )


def _busy(asked: Asked, status: int, said: Said) -> ServerBusy:
    cause = said.text or f"status {status}"
    if re.search(r"loading model|model is (still )?loading", said.text, re.IGNORECASE):
        return Loading(
            f"{upper(asked)} is still loading its model: try again when it is done.", cause=cause
        )
    return ServerBusy(
        f"{upper(asked)} cannot take the request now: try again in a moment.", cause=cause
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


def _template(asked: Asked, said: Said) -> ModelError:
    """The model's template raised an error of its own, which other forms of the prompt may not."""
    sentence = _AFTER_RAISED.split(_BEFORE_RAISED.split(said.text)[-1])[0]
    mend = f"give {asked.server.label} another template for it"
    return ToolsUnsupported(
        f"The template of {asked.model} does not take the conversation ({brief(sentence)}): "
        f"{mend}, or choose another model.",
        cause=said.text,
        mend=mend,
    )


def _no_grammar(asked: Asked, said: Said) -> ModelError:
    """The server cannot enforce the form of an answer: that of a call, or of the schema."""
    return ToolsUnsupported(
        f"{upper(asked)} cannot hold {asked.model} to a form of answer: update the server, or use "
        f"`providers.{asked.provider}.tools: text`.",
        cause=said.text,
        mend="update the server",
    )


def _no_tools(asked: Asked, said: Said) -> ModelError:
    mends = (mend for sign, mend in _TOOLS_MENDED.items() if sign in said.text)
    mend = next(mends, "")
    return ToolsUnsupported(
        f"{upper(asked)} gives {asked.model} no tools as it is: {mend or 'choose another model'}.",
        cause=said.text,
        mend=mend,
    )


def _no_chat(asked: Asked, said: Said) -> ModelError:
    return ModelError(
        f"{upper(asked)} was started to embed texts only: start another one for {asked.model} "
        f"without `--embeddings`, and set `providers.{asked.provider}.base_url` to it.",
        cause=said.text,
    )


def _no_images(asked: Asked, said: Said) -> ModelError:
    return ModelError(
        f"{asked.model} cannot be shown images: send the text alone, or choose a model that sees "
        "(llama-server needs its `--mmproj` file).",
        cause=said.text,
    )


def _not_found(asked: Asked, said: Said) -> ModelError:
    return refusals.no_model(asked, said.text)


def _no_memory(asked: Asked, said: Said) -> NoMemory:
    return NoMemory(
        f"{upper(asked)} cannot load {asked.model}: look into its log, and choose a smaller model "
        "or window if the memory is full.",
        cause=said.text,
    )


def _bad_call(asked: Asked, said: Said) -> ModelError:
    shown = _WRITTEN.search(said.text)
    return refusals.unreadable_call(asked, said.text, shown[1] if shown else "")


def _no_filling(asked: Asked, said: Said) -> ModelError:
    return refusals.no_filling(asked, said.text)


def _no_embedding(asked: Asked, said: Said) -> ModelError:
    return EmbeddingUnsupported(
        f"{upper(asked)} cannot embed texts with {asked.model}: choose a model that is made for "
        "it, and start the server for embeddings.",
        cause=said.text,
    )


_TOOLS_MENDED = {
    "--jinja": "restart llama-server with `--jinja`",
    "tool-call-parser": "restart vLLM with `--enable-auto-tool-choice` and the model's "
    "`--tool-call-parser`",
    "tools with stream": "update llama.cpp",  # its builds of 2025-01 to 2025-05
}
_TOO_LONG = (
    r"exceed_context_size|context_length_exceeded|available context|maximum context length"
    r"|context length is only|maximum model length|context the overflows|n_keep.*n_ctx"
    r"|exceeds the max_model_len|reached context length of|context size has been exceeded"
    # llama.cpp before 2025-10
    r"|too big compared to kv size|larger than the max context size|context shift is disabled"
)
# What a model's template raises is the template's own sentence, behind one of these or alone.
_TEMPLATE = (
    r"jinja exception|error rendering prompt with jinja|roles must alternate|at row \d+, column \d"
    r"|must provide a chat template|custom template is not supported|system role not supported"
)
# llama.cpp says where, before the sentence (since 2026) or after it, with the template's lines.
_BEFORE_RAISED = re.compile(r"jinja exception: |jinja template: ", re.IGNORECASE)
_AFTER_RAISED = re.compile(r" at row \d+, column \d+:")
_NO_TOOLS = (
    r"--jinja|--enable-auto-tool-choice|unsupported param: tools|generate parser for this template"
    r"|tools with stream"
    r"|(not support|unsupported).{0,20}(tool|function)|(tool|function).{0,20}(not support|unsupp)"
)
_NO_GRAMMAR = (
    r"failed to (parse grammar|initialize samplers)|error parsing grammar|json schema (error|conv)"
    r"|invalid grammar|not supported by (xgrammar|the grammar)|unsupported json schema"
)
_NOT_FOUND = (
    r"model\b.*(not found|does not exist)|model_not_found|no models? loaded"
    r"|^model is not loaded|^model (is )?unloaded"
)
_NO_IMAGES = (
    r"(image|multimodal).{0,30}not support|not support.{0,12}(image|multimodal)"
    r"|not a multimodal|at most 0 image"
)
_BAD_CALL = (
    r"pars(e|ing) tool call|tool call.*pars|failed to parse (input|xml)|XML syntax error"
    # llama.cpp of 2025: its parser took back what it had sent, or stopped in the middle
    r"|invalid diff: |unexpected content at end of input|missing closing pattern"
    # and of 2026
    r"|does not match the expected .{1,40} format"
)
_NO_FILLING = (
    r"infill is not supported|not support infill"
    r"|suffix.{0,20}(not.{0,12} support|unsupport)|not support.{0,20}suffix"
)
_NO_EMBEDDING = r"not support embeddings|not support .*embeddings api|pooling type .* not oai"
# llama.cpp shows what is left where its parser stopped, LM Studio and Ollama what the model wrote.
_WRITTEN = re.compile(
    r"(?:failed to parse input at pos \d+: |model output: |raw=')(.*?)(?:', err=.*)?$",
    re.IGNORECASE | re.DOTALL,
)
# The first that matches decides.
_KINDS: tuple[tuple[re.Pattern[str], Callable[[Asked, Said], ModelError]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), build)
    for pattern, build in (
        # Before all others: what follows is the model's, and may hold any of their words.
        (
            r"^(error parsing tool call|failed to parse (input|tool call)|invalid diff: )",
            _bad_call,
        ),
        (_TOO_LONG, _too_long),
        (_TEMPLATE, _template),
        (_NO_GRAMMAR, _no_grammar),
        (_NO_TOOLS, _no_tools),
        (r"without `--embeddings`", _no_chat),
        (_NOT_FOUND, _not_found),
        (r"out of memory|insufficient .*(memory|resources)|failed to load model", _no_memory),
        (_BAD_CALL, _bad_call),
        (_NO_FILLING, _no_filling),
        (_NO_EMBEDDING, _no_embedding),
        (_NO_IMAGES, _no_images),
    )
)


def _classified(asked: Asked, said: Said) -> ModelError | None:
    text = f"{said.text[:LOOKED_AT]} {said.kind}"
    return next((build(asked, said) for kind, build in _KINDS if kind.search(text)), None)
