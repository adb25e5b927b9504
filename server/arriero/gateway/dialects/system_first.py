"""The system message comes first and alone: the templates of many models refuse anything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from arriero.models.types import Message

_BETWEEN = "\n\n"


def system_first(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Join the system messages at the beginning; a later one becomes a user's message.

    That is what Codex's role `developer` is at first, and what Claude Code says in the middle.
    """
    if "system" not in [one.role for one in messages]:
        return tuple(messages)
    first = next((i for i, one in enumerate(messages) if one.role != "system"), len(messages))
    rest = [replace(one, role="user") if one.role == "system" else one for one in messages[first:]]
    if not first:
        return tuple(rest)
    joined = _BETWEEN.join(one.content for one in messages[:first])
    return (Message("system", joined), *rest)
