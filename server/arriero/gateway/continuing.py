"""Which session a client's conversation belongs to, for clients that send all of it each time.

A run's session knows more than its client: the calls that were made here, and their results. A
conversation that begins as one that was answered here goes on in that session, so that the model
remembers them and its server need not read the prompt anew.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence

from arriero.models.types import Message, ToolCall

_MOST = 4096


class Continuing:
    """Remembers conversations by what was said in them."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, str] = OrderedDict()

    def find(self, place: str, messages: Sequence[Message]) -> tuple[str | None, int]:
        """Return the session that a conversation goes on in, and how many messages it knows."""
        answered = [n for n, message in enumerate(messages) if message.role == "assistant"]
        for last in reversed(answered):
            session = self._sessions.get(_digest(place, messages[: last + 1]))
            if session is not None:
                return session, last + 1
        return None, 0

    def remember(
        self,
        place: str,
        messages: Sequence[Message],
        text: str,
        calls: Sequence[ToolCall],
        session: str,
    ) -> None:
        """Remember that this conversation was answered in a session with these words and calls."""
        answer = Message("assistant", text, tool_calls=tuple(calls))
        self._sessions[_digest(place, [*messages, answer])] = session
        while len(self._sessions) > _MOST:
            self._sessions.popitem(last=False)

    def forget(self, session: str) -> None:
        """Forget a session that is not there any more."""
        for digest in [d for d, known in self._sessions.items() if known == session]:
            del self._sessions[digest]


def _digest(place: str, messages: Sequence[Message]) -> str:
    """Return a mark of what was said; clients trim texts, and change system messages."""
    said = [
        [message.role, message.content.strip(), [call.name for call in message.tool_calls]]
        for message in messages
        if message.role != "system"
    ]
    return hashlib.sha256(json.dumps([place, said]).encode()).hexdigest()
