"""Which kind of refusal Ollama's words are."""

from __future__ import annotations

import re
from collections.abc import Callable

from arriero.models.errors import ModelError, NoMemory, ServerBusy, StreamBroken
from arriero.models.json_values import decoded
from arriero.models.ollama import refusals
from arriero.models.ollama.refusals import Asked

UNREADABLE_CALL = "error parsing tool call"
_SHOWN = 300
_LOOKED_AT = 4_000  # characters of what Ollama says that tell what it means
# In the middle of an answer these only say why it broke off.
_ANY_TIME = (ModelError, NoMemory)


def refusal(asked: Asked, status: int, body: str) -> ModelError:
    """Turn an answer with an error status into the error of its kind."""
    text = _error_text(body)
    if status == 401 and _SIGN_IN in body:
        return refusals.signed_out(asked, body)
    if status in {401, 403}:
        return refusals.denied(asked, status, text)
    if status == 503:
        return ServerBusy(
            "Ollama has too many requests waiting: try again in a moment.",
            cause=text or "status 503",
        )
    if text is None:
        return refusals.not_ollama(asked, f"status {status}: {body[:_SHOWN]}")
    if (known := _classified(asked, text)) is not None:
        return known
    if status == 404:  # of Ollama's own only a missing model has it with JSON, which is known
        return refusals.not_ollama(asked, f"status {status}: {text}")
    return ModelError(
        f"Ollama refused the request ({_brief(text)}): look into its log, or choose another model.",
        cause=f"status {status}: {text}",
    )


def error_line(asked: Asked, text: str) -> ModelError:
    """Turn the error line of a stream that had begun into the error of its kind."""
    found = _classified(asked, text)
    if found is None or type(found) in _ANY_TIME:
        told = str(found) if found else str(refusals.broken(asked, text))
        return StreamBroken(told, cause=text)
    return found


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
        (rf"^({UNREADABLE_CALL}|failed to parse input)", refusals.unreadable_call),
        (_TOO_LONG, refusals.too_long),
        (r"does not support tools", refusals.no_tools),
        (r"does not support thinking|think value .* is not supported", refusals.no_thinking),
        (r"does not support insert", refusals.no_filling),
        (r"does not support (chat|generate)", refusals.no_chat),
        (r"model .*not found", refusals.not_found),
        (_NO_MEMORY, refusals.no_memory),
        (r"incompatible with your version|unknown model architecture", refusals.outdated),
        (_UNREADABLE, refusals.unreadable_call),
        (r"not support embeddings", refusals.no_embedding),
        (
            r"while running the model|runner .*(stopped|terminated|crash)|unexpected EOF",
            refusals.crashed,
        ),
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


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
