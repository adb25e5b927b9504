"""An answer as the events of OpenAI's responses, or as one response.

Thinking is a `reasoning` item whose summary is the whole of it, words are a `message`, calls are
items of their own. An item is added, told in deltas, and done, before the next one is added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Identity, Refused
from arriero.gateway.dialects import logprobs, openai_error
from arriero.gateway.dialects.json_text import written
from arriero.gateway.dialects.responses_items import CallItem, MessageItem, ReasoningItem
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

_Item = MessageItem | ReasoningItem | CallItem


class ResponsesEncoder:
    """Writes one answer; see `Encoder`."""

    def __init__(self, asked: Asked, identity: Identity) -> None:
        self._asked = asked
        self._identity = identity
        self._tools = {tool.name: tool for tool in asked.tools}
        self._number = -1
        self._items: list[_Item] = []
        self._open: MessageItem | ReasoningItem | None = None
        self._status = "in_progress"
        self._finished = Finished("stop", Usage())
        self._error: dict[str, Any] | None = None

    def begin(self) -> bytes:
        """Return the response without output."""
        return self._whole_event("response.created") + self._whole_event("response.in_progress")

    def take(self, chunks: Sequence[Chunk]) -> bytes:
        """Return some pieces of the answer."""
        return b"".join([self._taken(chunk) for chunk in chunks])

    def failed(self, refused: Refused) -> bytes:
        """Return the event that ends a stream that cannot go on."""
        self._status = "failed"
        limited = refused.fault in ("limited", "overloaded")
        code = openai_error.code(refused) if refused.fault == "too_long" else "server_error"
        self._error = {
            "code": "rate_limit_exceeded" if limited else code,
            "message": str(refused),
        }
        self._items = [item for item in self._items if item is not self._open]
        return self._whole_event("response.failed")

    def whole(self) -> Mapping[str, Any]:
        """Return the answer as one response."""
        ended = self._status in ("completed", "incomplete")
        return {
            "id": f"resp_{self._identity.number}",
            "object": "response",
            "created_at": self._identity.created,
            "status": self._status,
            "background": False,
            "error": self._error,
            "incomplete_details": (
                {"reason": "max_output_tokens"} if self._status == "incomplete" else None
            ),
            "instructions": None,
            "max_output_tokens": self._asked.max_tokens,
            "metadata": {},
            "model": self._identity.model,
            "output": [item.shown("completed") for item in self._items],
            "parallel_tool_calls": self._asked.parallel_calls,
            "previous_response_id": self._asked.previous or None,
            "store": self._asked.keep,
            "temperature": self._asked.temperature,
            "text": {"format": _format(self._asked)},
            "tool_choice": self._tool_choice(),
            "tools": [],  # nobody reads back what it has just sent: it may be 40 kB, three times
            "top_p": self._asked.sampling.get("top_p"),
            "truncation": "disabled",
            # Left out until it is known: the published schema has no null here.
            **({"usage": _usage(self._finished.usage)} if ended else {}),
        }

    def _taken(self, chunk: Chunk) -> bytes:
        if isinstance(chunk, TextChunk):
            return self._said(chunk) if chunk.text else b""
        if isinstance(chunk, ThinkingChunk):
            return self._thought(chunk.text) if chunk.text else b""
        if isinstance(chunk, ToolCallChunk):
            return self._called(chunk.call)
        return self._end(chunk)

    def _said(self, chunk: TextChunk) -> bytes:
        item, before = self._open, b""
        if not isinstance(item, MessageItem):
            before = self._done()
            item = MessageItem(self._item_id("msg"))
            before += self._begun(item)
        told = logprobs.told(chunk.logprobs) if self._asked.top_logprobs is not None else []
        item.add(chunk.text, told)
        self._number += 1
        data = (
            f'{{"type":"response.output_text.delta","sequence_number":{self._number},'
            f'"item_id":"{item.identity}","output_index":{len(self._items) - 1},'
            f'"content_index":0,"delta":{quoted(chunk.text)},'
            f'"logprobs":{written(logprobs.without_bytes(told)) if told else "[]"}}}'
        )
        return before + event("response.output_text.delta", data)

    def _thought(self, text: str) -> bytes:
        item, before = self._open, b""
        if not isinstance(item, ReasoningItem):
            before = self._done()
            item = ReasoningItem(self._item_id("rs"))
            before += self._begun(item)
        item.pieces.append(text)
        self._number += 1
        data = (
            f'{{"type":"response.reasoning_summary_text.delta","sequence_number":{self._number},'
            f'"item_id":"{item.identity}","output_index":{len(self._items) - 1},'
            f'"summary_index":0,"delta":{quoted(text)}}}'
        )
        return before + event("response.reasoning_summary_text.delta", data)

    def _called(self, call: ToolCall) -> bytes:
        before = self._done()
        item = CallItem(self._identity.number, len(self._items), call, self._tools.get(call.name))
        self._items.append(item)
        return before + self._item_events(item.events())

    def _begun(self, item: MessageItem | ReasoningItem) -> bytes:
        self._items.append(item)
        self._open = item
        return self._item_events(item.begin())

    def _done(self) -> bytes:
        """Return the end of the item that is open."""
        item, self._open = self._open, None
        return b"" if item is None else self._item_events(item.end())

    def _end(self, finished: Finished) -> bytes:
        self._finished = finished
        done = self._done()
        self._status = "incomplete" if finished.reason == "length" else "completed"
        return done + self._whole_event(f"response.{self._status}")

    def _item_events(self, events: Sequence[Mapping[str, Any]]) -> bytes:
        index = len(self._items) - 1
        return b"".join([self._event({**one, "output_index": index}) for one in events])

    def _whole_event(self, kind: str) -> bytes:
        return self._event({"type": kind, "response": self.whole()})

    def _event(self, data: Mapping[str, Any]) -> bytes:
        self._number += 1
        return event(data["type"], written({**data, "sequence_number": self._number}))

    def _item_id(self, prefix: str) -> str:
        return f"{prefix}_{self._identity.number}_{len(self._items)}"

    def _tool_choice(self) -> str | dict[str, Any]:
        choice = self._asked.tool_choice
        if choice in ("auto", "none", "required"):
            return choice
        return {"type": "function", "name": choice}


def _format(asked: Asked) -> dict[str, Any]:
    if asked.format is None:
        return {"type": "text"}
    if isinstance(asked.format, str):
        return {"type": "json_object"}
    return {"type": "json_schema", "name": "answer", "schema": dict(asked.format), "strict": None}


def _usage(usage: Usage) -> dict[str, Any]:
    """Return the tokens. How many were for thinking no server of local models tells."""
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens or 0,
            "cache_write_tokens": 0,
        },
        "output_tokens": usage.answer_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.prompt_tokens + usage.answer_tokens,
    }
