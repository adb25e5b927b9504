"""The items of a response's output: how each begins, ends, and looks as a whole.

Events are told here without the position of their item and without their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arriero.gateway.dialects import logprobs
from arriero.gateway.dialects.json_text import written
from arriero.gateway.dialects.responses_tools import CUSTOM_INPUT, CustomTool, NamespaceTool
from arriero.models.types import ToolCall, ToolSpec

_Event = Mapping[str, Any]


class MessageItem:
    """Words to the person."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self._pieces: list[str] = []
        self._logprobs: list[dict[str, Any]] = []

    def add(self, text: str, tokens: Sequence[dict[str, Any]]) -> None:
        """Add what was told in a delta."""
        self._pieces.append(text)
        self._logprobs.extend(tokens)

    def begin(self) -> list[_Event]:
        """Return the events before the first delta."""
        item = {**self.shown("in_progress"), "content": []}
        return [
            {"type": "response.output_item.added", "item": item},
            {**self._part_event("added"), "part": self._part()},
        ]

    def end(self) -> list[_Event]:
        """Return the events after the last delta."""
        part = self._part()
        return [
            {
                "type": "response.output_text.done",
                "item_id": self.identity,
                "content_index": 0,
                "text": part["text"],
                "logprobs": logprobs.without_bytes(self._logprobs),
            },
            {**self._part_event("done"), "part": part},
            {"type": "response.output_item.done", "item": self.shown("completed")},
        ]

    def shown(self, status: str) -> dict[str, Any]:
        """Return the item."""
        return {
            "type": "message",
            "id": self.identity,
            "status": status,
            "role": "assistant",
            "content": [self._part()],
        }

    def _part(self) -> dict[str, Any]:
        return {
            "type": "output_text",
            "text": "".join(self._pieces),
            "annotations": [],
            "logprobs": self._logprobs,
        }

    def _part_event(self, what: str) -> dict[str, Any]:
        return {
            "type": f"response.content_part.{what}",
            "item_id": self.identity,
            "content_index": 0,
        }


class ReasoningItem:
    """What the model thought; clients show the summary, and send it back."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.pieces: list[str] = []

    def begin(self) -> list[_Event]:
        """Return the events before the first delta."""
        item = {**self.shown("in_progress"), "summary": []}
        return [
            {"type": "response.output_item.added", "item": item},
            {**self._part_event("reasoning_summary_part.added"), "part": self._part()},
        ]

    def end(self) -> list[_Event]:
        """Return the events after the last delta."""
        part = self._part()
        return [
            {**self._part_event("reasoning_summary_text.done"), "text": part["text"]},
            {**self._part_event("reasoning_summary_part.done"), "part": part},
            {"type": "response.output_item.done", "item": self.shown("completed")},
        ]

    def shown(self, status: str) -> dict[str, Any]:
        """Return the item; whether it is done is told of other items only."""
        del status
        return {
            "type": "reasoning",
            "id": self.identity,
            "summary": [self._part()],
            "encrypted_content": None,
        }

    def _part(self) -> dict[str, Any]:
        return {"type": "summary_text", "text": "".join(self.pieces)}

    def _part_event(self, what: str) -> dict[str, Any]:
        return {"type": f"response.{what}", "item_id": self.identity, "summary_index": 0}


class CallItem:
    """A call, in the form of the tool that the client sent; `tool` is None for an unknown one."""

    def __init__(self, number: str, position: int, call: ToolCall, tool: ToolSpec | None) -> None:
        self._custom = isinstance(tool, CustomTool)
        self._call = call
        self.identity = f"{'ctc' if self._custom else 'fc'}_{number}_{position}"
        self._named = {"name": call.name}
        if isinstance(tool, NamespaceTool):
            self._named = {"name": tool.own_name, "namespace": tool.namespace}
        text = call.arguments.get(CUSTOM_INPUT)
        as_text = self._custom and isinstance(text, str)
        self._input = str(text) if as_text else written(dict(call.arguments))

    def events(self) -> list[_Event]:
        """Return all events of the item."""
        kind = "custom_tool_call_input" if self._custom else "function_call_arguments"
        done = {"input": self._input} if self._custom else {"arguments": self._input, **self._named}
        done.pop("namespace", None)
        told = {"item_id": self.identity}
        return [
            {"type": "response.output_item.added", "item": self._shown("", "in_progress")},
            {"type": f"response.{kind}.delta", **told, "delta": self._input},
            {"type": f"response.{kind}.done", **told, **done},
            {"type": "response.output_item.done", "item": self.shown("completed")},
        ]

    def shown(self, status: str) -> dict[str, Any]:
        """Return the item."""
        return self._shown(self._input, status)

    def _shown(self, content: str, status: str) -> dict[str, Any]:
        head = {"id": self.identity, "call_id": self._call.id, **self._named}
        if self._custom:
            return {"type": "custom_tool_call", **head, "input": content, "status": status}
        return {"type": "function_call", **head, "arguments": content, "status": status}
