"""The lines in which Ollama answers, one JSON object each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Protocol

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Identity, Refused
from arriero.gateway.dialects import logprobs
from arriero.gateway.dialects.json_text import written
from arriero.models.types import (
    Chunk,
    Finished,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    Usage,
)

_NS_PER_MS = 1_000_000


class Form(Protocol):
    """How an interface writes a part of an answer: which fields of a line hold it."""

    def __call__(
        self, text: str, thinking: str, calls: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Return the fields."""


def moment(seconds: int) -> str:
    """Return a time as Ollama writes it, with nanoseconds."""
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.000000000Z"


class LineEncoder:
    """Writes one answer; see `Encoder`. The time in its lines is that of its beginning."""

    def __init__(self, asked: Asked, identity: Identity, form: Form) -> None:
        self._asked = asked
        self._form = form
        self._head = {"model": identity.model, "created_at": moment(identity.created)}
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._calls: list[dict[str, Any]] = []
        self._logprobs: list[dict[str, Any]] = []
        self._finished = Finished("stop", Usage())

    def begin(self) -> bytes:
        """Return nothing: the first line is the first piece."""
        return b""

    def take(self, chunks: Sequence[Chunk]) -> bytes:
        """Return some pieces of the answer."""
        return b"".join([self._taken(chunk) for chunk in chunks])

    def failed(self, refused: Refused) -> bytes:
        """Return the line that ends a stream that cannot go on."""
        return _line({"error": str(refused)})

    def whole(self) -> Mapping[str, Any]:
        """Return the answer as one object."""
        text, thinking = "".join(self._text), "".join(self._thinking)
        return {
            **self._head,
            **self._form(text, thinking, self._calls),
            **self._told(self._logprobs),
            **_ending(self._finished),
        }

    def _taken(self, chunk: Chunk) -> bytes:
        if isinstance(chunk, TextChunk):
            self._text.append(chunk.text)
            told = logprobs.told(chunk.logprobs)
            self._logprobs.extend(told)
            return self._piece(chunk.text, logprobs=told) if chunk.text else b""
        if isinstance(chunk, ThinkingChunk):
            if not chunk.text or self._asked.think is False:
                return b""
            self._thinking.append(chunk.text)
            return self._piece("", thinking=chunk.text)
        if isinstance(chunk, ToolCallChunk):
            self._calls.append(_call(chunk.call, len(self._calls)))
            return self._piece("", calls=self._calls[-1:])
        self._finished = chunk
        return _line({**self._head, **self._form("", "", ()), **_ending(chunk)})

    def _piece(
        self,
        text: str,
        thinking: str = "",
        calls: Sequence[Mapping[str, Any]] = (),
        logprobs: Sequence[Mapping[str, Any]] = (),
    ) -> bytes:
        form = self._form(text, thinking, calls)
        return _line({**self._head, **form, "done": False, **self._told(logprobs)})

    def _told(self, tokens: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        wanted = self._asked.top_logprobs is not None and tokens
        return {"logprobs": list(tokens)} if wanted else {}


def _line(value: Mapping[str, Any]) -> bytes:
    return written(value).encode("ascii") + b"\n"


def _call(call: ToolCall, index: int) -> dict[str, Any]:
    function = {"index": index, "name": call.name, "arguments": dict(call.arguments)}
    return {"id": call.id, "function": function}


def _ending(finished: Finished) -> dict[str, Any]:
    """Return the fields of the last line; a model that was only loaded has no counts."""
    ending: dict[str, Any] = {"done": True, "done_reason": finished.reason}
    if finished.reason in ("load", "unload"):
        return ending
    usage = finished.usage
    if finished.context:
        ending["context"] = list(finished.context)
    return {
        **ending,
        "total_duration": (usage.load_ms + usage.prompt_ms + usage.answer_ms) * _NS_PER_MS,
        "load_duration": usage.load_ms * _NS_PER_MS,
        "prompt_eval_count": usage.prompt_tokens,
        "prompt_eval_duration": usage.prompt_ms * _NS_PER_MS,
        "eval_count": usage.answer_tokens,
        "eval_duration": usage.answer_ms * _NS_PER_MS,
    }
