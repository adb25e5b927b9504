"""The fake server's side of a conversation: one answer, with a thought and a tool; no model.

Words in the prompt ask for more: "slow" goes on until it is cancelled, "allow" asks for a
permission first, "fail" ends with an error.
"""

# ruff: noqa: INP001

from __future__ import annotations

from typing import Any

from fake_wire import Wire

Json = dict[str, Any]
SESSION = "chat-1"
OPTIONS = [
    {"optionId": "allow_once", "kind": "allow_once", "name": "Allow once"},
    {"optionId": "reject_once", "kind": "reject_once", "name": "Reject"},
]


class FakeChat(Wire):
    """Answers `session/new`, `session/prompt` and `session/cancel`."""

    def __init__(self) -> None:
        super().__init__()
        self.answering: int | None = None

    def on_session_new(self, _params: Json, ident: int) -> None:
        """Begin a session."""
        self.send({"id": ident, "result": {"sessionId": SESSION}})

    def on_session_prompt(self, params: Json, ident: int) -> None:
        """Answer."""
        words = params["prompt"][0]["text"]
        if "fail" in words:
            self.send({"id": ident, "error": {"code": -32603, "message": "The model is gone."}})
            return
        self.update({"sessionUpdate": "agent_thought_chunk", "content": text("Hm.\nWell.")})
        if "allow" in words:
            call = {"toolCallId": "t", "title": "Run make", "content": [said("command: make")]}
            asked = {"sessionId": SESSION, "toolCall": call, "options": OPTIONS}
            self.request(
                "session/request_permission",
                asked,
                lambda answer: self.answer(ident, str(answer["result"]["outcome"])),
            )
            return
        started = {"sessionUpdate": "tool_call", "toolCallId": "t", "title": "Read a.txt"}
        self.update(started)
        self.update({"sessionUpdate": "agent_message_chunk", "content": text("You ")})
        if "slow" in words:
            self.answering = ident
            return
        ended = {"sessionUpdate": "tool_call_update", "toolCallId": "t", "status": "completed"}
        self.update({**ended, "content": [said("one\ntwo")]})
        self.answer(ident, f"said:\n{words}")

    def on_session_cancel(self, _params: Json, _ident: None) -> None:
        """End a slow answer."""
        if self.answering is not None:
            self.send({"id": self.answering, "result": {"stopReason": "cancelled"}})
            self.answering = None

    def answer(self, ident: int, words: str) -> None:
        """Say the last words, and end."""
        self.update({"sessionUpdate": "agent_message_chunk", "content": text(words)})
        self.send({"id": ident, "result": {"stopReason": "end_turn"}})

    def update(self, update: Json) -> None:
        """Tell a piece of what happens."""
        self.notify("session/update", {"sessionId": SESSION, "update": update})


def text(words: str) -> Json:
    """Return a text as content."""
    return {"type": "text", "text": words}


def said(words: str) -> Json:
    """Return what a tool said."""
    return {"type": "content", "content": text(words)}
