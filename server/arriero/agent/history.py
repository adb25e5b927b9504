"""From stored events back to the messages of a conversation.

The order and bytes of what was once sent never change: a later request extends an earlier one, so
that the server can reuse its cache of the prompt.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field

from arriero.agent.prompt import sendable
from arriero.models.types import Message, ToolCall
from arriero.sessions.events import (
    Event,
    Nudged,
    RunEnded,
    RunStarted,
    StepRetried,
    Text,
    Thought,
    ToolEnded,
    ToolStarted,
)

LOST_RESULT = (
    "Error: this call was interrupted and its result is not known. Check before you go on."
)


@dataclass
class Conversation:
    """The messages of a session so far; the system message first, once there is one.

    `tier` and `edit_format` are those that the system message was written for.
    """

    messages: list[Message] = field(default_factory=list)
    tier: str = ""
    edit_format: str = ""

    @property
    def system(self) -> str | None:
        first = self.messages[0] if self.messages else None
        return first.content if first is not None and first.role == "system" else None


def rebuild(events: Iterable[Event]) -> Conversation:
    """Return the conversation that the events tell, every tool call with a result."""
    folding = _Folding()
    for event in events:
        folding.add(event)
    folding.close_answer()
    return Conversation(folding.messages, folding.tier, folding.edit_format)


class _Folding:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.tier = self.edit_format = ""
        self._text = ""
        self._thinking = ""
        self._calls: list[ToolCall] = []
        self._results: dict[str, Message] = {}
        self._step = 0
        self._open_before: Message | None = None

    def add(self, event: Event) -> None:
        match event.body:
            case RunStarted() as run:
                self.close_answer()
                if run.system:
                    self._begin(run)
                self._ask(run.message, tuple(base64.b64decode(image) for image in run.images))
            case Text(step=step, text=text):
                self._enter(step)
                self._text += text
            case Thought(step=step, text=text):
                self._enter(step)
                self._thinking += text
            case ToolStarted() as call:
                self._enter(call.step)
                self._calls.append(ToolCall(call.call_id, call.name, call.arguments))
            case ToolEnded() as end:
                self._results[end.call_id] = tool_result(end.call_id, end.name, end.result)
            case StepRetried(step=step) if step == self._step:
                self._text = self._thinking = ""
            case Nudged(message=message):
                self.close_answer()
                self._ask(message)
            case RunEnded(withdrawn=withdrawn):
                self.close_answer()
                if withdrawn:
                    self._withdraw()
            case _:
                pass

    def _begin(self, run: RunStarted) -> None:
        # Runs before this one may have reached no model; then their questions stand already.
        self.messages.insert(0, Message("system", run.system))
        self.tier, self.edit_format = run.tier, run.edit_format

    def _ask(self, message: str, images: tuple[bytes, ...] = ()) -> None:
        # A run that got no answer leaves a question open. Many chat templates refuse two user
        # messages in a row, so both become one.
        self._open_before = None
        if self.messages and self.messages[-1].role == "user":
            open_question = self._open_before = self.messages.pop()
            message = f"{open_question.content}\n\n{message}"
            images = open_question.images + images
        self.messages.append(Message("user", message, images=images))

    def _withdraw(self) -> None:
        """Leave out the newest question, if nothing followed it."""
        if self.messages and self.messages[-1].role == "user":
            self.messages[-1:] = [] if self._open_before is None else [self._open_before]
            self._open_before = None

    def _enter(self, step: int) -> None:
        if step != self._step:
            self.close_answer()
            self._step = step

    def close_answer(self) -> None:
        """Append the assistant's message of the step that ends here, and its results."""
        if self._text or self._thinking or self._calls:
            self.messages.append(
                Message("assistant", self._text, self._thinking, tuple(self._calls))
            )
        for call in self._calls:
            lost = tool_result(call.id, call.name, LOST_RESULT)
            self.messages.append(self._results.get(call.id, lost))
        self._text = self._thinking = ""
        self._calls, self._results, self._step = [], {}, 0


def tool_result(call_id: str, name: str, text: str) -> Message:
    """Return the message that answers one tool call."""
    return Message("tool", sendable(text), tool_name=name, tool_call_id=call_id)
