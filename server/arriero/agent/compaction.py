"""What of a session's history is sent shortened or not at all: the state, and how it is rendered.

The history itself stays whole in the session store. Messages are named by their index in it, which
never changes, because a history only grows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from arriero.models.types import Message


@dataclass(frozen=True)
class Compaction:
    """What is left out of a session's prompts, the same in each until the next compaction.

    `shortened` gives the characters kept of a tool's result, `dropped` the messages that are not
    sent; `sent` is how many messages of the history were in a prompt so far. `compactions` counts
    how often something changed that had been sent, so that the server had to read it anew.
    `summary` stands in place of the oldest messages that were dropped.
    """

    shortened: Mapping[int, int] = field(default_factory=dict)
    dropped: frozenset[int] = frozenset()
    sent: int = 0
    compactions: int = 0
    summary: str = ""

    def render(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        """Return what is sent of a history: a note stands where messages were dropped."""
        rendered: list[Message] = []
        gap: list[Message] = []
        summary = self.summary
        for index, message in enumerate(messages):
            if index in self.dropped:
                gap.append(message)
                continue
            sent = message
            if gap:
                sent = _after_gap(gap, message, summary, rendered)
                gap, summary = [], ""
            kept = self.shortened.get(index)
            if kept is not None:
                sent = replace(message, content=shorten(message.content, kept))
            rendered.append(sent)
        return tuple(rendered)

    def fits(self, messages: Sequence[Message]) -> bool:
        """Tell whether this can be the state of such a history; a protected message is kept."""
        protected = set(protected_messages(messages))
        return (
            self.sent <= len(messages)
            and all(
                index < len(messages) and messages[index].role == "tool" for index in self.shortened
            )
            and not self.dropped & protected
            and all(
                self.dropped >= set(group) or not self.dropped & set(group)
                for group in rounds(messages)
            )
            and all(index < len(messages) for index in self.dropped)
        )

    def encode(self) -> dict[str, Any]:
        """Return the state as JSON-able values."""
        return {
            "shortened": [list(pair) for pair in sorted(self.shortened.items())],
            "dropped": sorted(self.dropped),
            "sent": self.sent,
            "compactions": self.compactions,
            "summary": self.summary,
        }


def decode(data: Mapping[str, Any]) -> Compaction:
    """Return the state that `encode` made `data` from; raises KeyError, TypeError, ValueError."""
    return Compaction(
        {int(index): int(kept) for index, kept in data["shortened"]},
        frozenset(int(index) for index in data["dropped"]),
        int(data["sent"]),
        int(data["compactions"]),
        str(data["summary"]),
    )


def turns(messages: Sequence[Message]) -> list[range]:
    """Return the indexes of each turn: a user message and all that came of it."""
    starts = [index for index, message in enumerate(messages) if message.role == "user"]
    return [range(*pair) for pair in zip(starts, [*starts[1:], len(messages)], strict=True)]


def rounds(messages: Sequence[Message]) -> list[range]:
    """Return the indexes of each round: an answer of the model and the results of its calls."""
    return list(_rounds(messages))


def protected_messages(messages: Sequence[Message]) -> Iterator[int]:
    """Yield what is always sent whole: system messages, the first task, the newest user message."""
    users = [index for index, message in enumerate(messages) if message.role == "user"]
    yield from {*users[:1], *users[-1:]}
    yield from (index for index, message in enumerate(messages) if message.role == "system")


def shorten(text: str, kept: int) -> str:
    """Return the first two thirds and the last third of `kept` characters of a text."""
    if len(text) <= kept:
        return text
    head = kept * 2 // 3
    tail = kept - head
    end = text[len(text) - tail :]
    return f"{text[:head]}\n… {len(text) - kept} characters left out to fit the window …\n{end}"


def note(gap: Sequence[Message], summary: str = "") -> str:
    """Return the words that stand in place of dropped messages."""
    calls = Counter(call.name for message in gap for call in message.tool_calls)
    called = ", ".join(f"{name} ({count})" for name, count in sorted(calls.items()))
    text = f"[{len(gap)} earlier messages are left out here to fit the window"
    text += f"; tools used in them: {called}.]" if called else ".]"
    return f"{text}\n{summary}" if summary else text


def _after_gap(
    gap: Sequence[Message], message: Message, summary: str, rendered: list[Message]
) -> Message:
    """Put the note where it keeps users and answers alternating, as chat templates demand."""
    text = note(gap, summary)
    if message.role == "assistant":
        return replace(message, content=f"{text}\n\n{message.content}".rstrip())
    rendered.append(Message("assistant", text))
    return message


def _rounds(messages: Sequence[Message]) -> Iterator[range]:
    start: int | None = None
    for index, message in enumerate(messages):
        if message.role == "tool" and start is not None:
            continue
        if start is not None:
            yield range(start, index)
        start = index if message.role in ("assistant", "tool") else None
    if start is not None:
        yield range(start, len(messages))
