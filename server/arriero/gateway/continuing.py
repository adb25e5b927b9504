"""Which session a client's conversation belongs to, for clients that send all of it each time.

A run's session knows more than its client: the calls that were made here, and their results. A
conversation that begins as one that was answered here goes on in that session, so that the model
remembers them and its server need not read the prompt anew.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from arriero.models.types import Message, ToolCall

_MOST = 4096


class Continuing:
    """Remembers conversations by what was said in them."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, str] = OrderedDict()

    def find(self, place: str, messages: Sequence[Message]) -> tuple[str | None, int]:
        """Return the session that a conversation goes on in, and how many messages it knows.

        May take its time: some milliseconds for each megabyte.
        """
        known: tuple[str | None, int] = (None, 0)
        for count, digest in enumerate(_digests(place, messages), 1):
            if messages[count - 1].role == "assistant" and digest in self._sessions:
                known = self._sessions[digest], count
        return known

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
        *_, digest = _digests(place, [*messages, answer])
        self._sessions[digest] = session
        while len(self._sessions) > _MOST:
            self._sessions.popitem(last=False)

    def forget(self, session: str) -> None:
        """Forget a session that is not there any more."""
        for digest in [d for d, known in self._sessions.items() if known == session]:
            del self._sessions[digest]


def _digests(place: str, messages: Sequence[Message]) -> Iterator[str]:
    """Yield a mark of what was said up to each message, in one pass over all of them.

    Clients trim texts, and change system messages.
    """
    said = hashlib.sha256(json.dumps(place).encode())
    for message in messages:
        if message.role != "system":
            calls = [call.name for call in message.tool_calls]
            # JSON ends where its brackets do: no two conversations are one text.
            said.update(json.dumps([message.role, message.content.strip(), calls]).encode())
        yield said.hexdigest()
