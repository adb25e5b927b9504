"""An answer as Anthropic's events, or as one message.

Every block is written as it comes: its start, deltas, its stop; blocks are counted from 0. A tool's
arguments are one delta, `{}` where there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Literal

from arriero.gateway.dialect import Identity, Refused
from arriero.gateway.dialects.json_text import written
from arriero.gateway.dialects.sse import event
from arriero.models.types import (
    Chunk,
    Finished,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    ToolCallChunk,
    Usage,
)

# Thinking that the client did not ask for is left out; this often it is told that we are alive.
_UNSEEN_BEFORE_PING = 64
_PING = event("ping", '{"type":"ping"}')
_DELTAS = {"text": ("text_delta", "text"), "thinking": ("thinking_delta", "thinking")}


@dataclass
class _Said:
    """One block of text or thinking."""

    kind: Literal["text", "thinking"]
    pieces: list[str] = field(default_factory=list)


class MessagesEncoder:
    """Writes one answer. `thinking`: the client asked for it, and is shown it."""

    def __init__(
        self,
        identity: Identity,
        *,
        thinking: bool,
        error: Callable[[Refused], Mapping[str, Any]],
    ) -> None:
        self._identity = identity
        self._thinking = thinking
        self._error = error
        self._blocks: list[_Said | ToolCall] = []
        self._open = False
        self._unseen = 0
        self._finished: Finished | None = None

    def begin(self) -> bytes:
        """Return the message without content. How long its prompt is comes at the end."""
        message = {**self._message(), "content": [], "stop_reason": None, "stop_sequence": None}
        message["usage"] = _usage(Usage())
        return _event({"type": "message_start", "message": message}) + _PING

    def take(self, chunks: Sequence[Chunk]) -> bytes:
        """Return some pieces of the answer."""
        return b"".join([self._taken(chunk) for chunk in chunks])

    def failed(self, refused: Refused) -> bytes:
        """Return the event that ends a stream that cannot go on."""
        return _event(self._error(refused))

    def whole(self) -> Mapping[str, Any]:
        """Return the answer as one message."""
        assert self._finished is not None
        return {
            **self._message(),
            "content": [self._block(block) for block in self._blocks],
            **self._ending(self._finished),
            "usage": _usage(self._finished.usage),
        }

    def _message(self) -> dict[str, Any]:
        return {
            "id": f"msg_{self._identity.number}",
            "type": "message",
            "role": "assistant",
            "model": self._identity.model,
        }

    def _taken(self, chunk: Chunk) -> bytes:
        if isinstance(chunk, TextChunk):
            return self._said("text", chunk.text)
        if isinstance(chunk, ThinkingChunk):
            return self._said("thinking", chunk.text) if self._thinking else self._left_out()
        if isinstance(chunk, ToolCallChunk):
            return self._called(chunk.call)
        return self._end(chunk)

    def _said(self, kind: Literal["text", "thinking"], text: str) -> bytes:
        if not text:
            return b""
        last = self._blocks[-1] if self._blocks else None
        before = b""
        if not isinstance(last, _Said) or last.kind != kind:
            last = _Said(kind)
            before = self._start(last, self._empty(kind))
        last.pieces.append(text)
        delta, name = _DELTAS[kind]
        data = (
            f'{{"type":"content_block_delta","index":{len(self._blocks) - 1},'
            f'"delta":{{"type":"{delta}","{name}":{quoted(text)}}}}}'
        )
        return before + event("content_block_delta", data)

    def _called(self, call: ToolCall) -> bytes:
        start = self._start(
            call, {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        )
        arguments = {"type": "input_json_delta", "partial_json": written(dict(call.arguments))}
        return start + self._delta(arguments)

    def _start(self, block: _Said | ToolCall, shown: Mapping[str, Any]) -> bytes:
        stop = self._stop()
        self._blocks.append(block)
        self._open = True
        index = len(self._blocks) - 1
        return stop + _event(
            {"type": "content_block_start", "index": index, "content_block": shown}
        )

    def _stop(self) -> bytes:
        """Return the end of the block that is open; a thought has its signature before it."""
        if not self._open:
            return b""
        self._open = False
        last = self._blocks[-1]
        thought = isinstance(last, _Said) and last.kind == "thinking"
        signed = {"type": "signature_delta", "signature": self._signature()}
        stop = _event({"type": "content_block_stop", "index": len(self._blocks) - 1})
        return (self._delta(signed) if thought else b"") + stop

    def _delta(self, delta: Mapping[str, Any]) -> bytes:
        index = len(self._blocks) - 1
        return _event({"type": "content_block_delta", "index": index, "delta": delta})

    def _end(self, finished: Finished) -> bytes:
        self._finished = finished
        ending = {
            "type": "message_delta",
            "delta": self._ending(finished),
            "usage": _usage(finished.usage),
        }
        return self._stop() + _event(ending) + _event({"type": "message_stop"})

    def _ending(self, finished: Finished) -> dict[str, Any]:
        called = any(isinstance(block, ToolCall) for block in self._blocks)
        reason = "tool_use" if called else "stop_sequence" if finished.stop else "end_turn"
        return {
            "stop_reason": "max_tokens" if finished.reason == "length" else reason,
            "stop_sequence": finished.stop if reason == "stop_sequence" else None,
        }

    def _left_out(self) -> bytes:
        self._unseen += 1
        return _PING if self._unseen % _UNSEEN_BEFORE_PING == 0 else b""

    def _signature(self) -> str:
        """Return what stands where Anthropic signs a thought; nobody looks at it."""
        return f"arriero-{self._identity.number}"

    def _empty(self, kind: Literal["text", "thinking"]) -> dict[str, Any]:
        if kind == "text":
            return {"type": "text", "text": ""}
        return {"type": "thinking", "thinking": "", "signature": ""}

    def _block(self, block: _Said | ToolCall) -> dict[str, Any]:
        if isinstance(block, ToolCall):
            return {
                "type": "tool_use",
                "id": block.id,
                "name": block.name,
                "input": dict(block.arguments),
            }
        text = "".join(block.pieces)
        if block.kind == "text":
            return {"type": "text", "text": text}
        return {"type": "thinking", "thinking": text, "signature": self._signature()}


def _event(data: Mapping[str, Any]) -> bytes:
    return event(data["type"], written(data))


def _usage(usage: Usage) -> dict[str, Any]:
    """Return the tokens as Anthropic counts them: those from the cache are not among the input."""
    cached = usage.cached_tokens or 0
    return {
        "input_tokens": max(usage.prompt_tokens - cached, 0),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": cached,
        "output_tokens": usage.answer_tokens,
    }
