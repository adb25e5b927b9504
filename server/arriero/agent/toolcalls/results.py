"""What the reader finds, and the names it may find: the vocabulary of this package."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arriero.models.types import TextChunk, ThinkingChunk, ToolCallChunk
from arriero.tools.registry import ALIASES


@dataclass(frozen=True)
class BrokenCall:
    """A call that cannot be read safely. `text` is what the model printed, `reason` is for it."""

    name: str
    text: str
    reason: str


@dataclass(frozen=True)
class FoundCall:
    """A call of an offered tool, before it has an id."""

    name: str
    arguments: Mapping[str, Any]


Item = FoundCall | BrokenCall
Piece = TextChunk | ThinkingChunk | ToolCallChunk | BrokenCall

# Tools that only look: half a value of theirs does no harm. All others may change something.
READS = frozenset({"glob_files", "grep_search", "list_directory", "read_file"})

_PREFIXES = ("functions.", "function.", "tools.", "tool.")
_COUNTER = re.compile(r":\d+\Z")  # Kimi numbers its calls: functions.read_file:0


def known_alias(name: str) -> str | None:
    """Return the tool that a model which learned another agent's tools means by `name`."""
    return ALIASES.get(name)


@dataclass(frozen=True)
class Names:
    """The tools that were offered. Parameters in a sequence have an order, in a set none."""

    offered: Mapping[str, Collection[str]]
    alias: Callable[[str], str | None] = known_alias
    reads: frozenset[str] = READS

    def known(self, said: str) -> str | None:
        """Return the offered tool that is meant by what the model said, or None."""
        name = _COUNTER.sub("", said.strip().strip("`\"'"))
        for prefix in _PREFIXES:
            name = name.removeprefix(prefix)
        name = name.removesuffix(".call")
        if name in self.offered:
            return name
        other = self.alias(name)
        return other if other in self.offered else None

    def positional(self, name: str, count: int) -> tuple[str, ...] | None:
        """Return the names of the first `count` parameters; None where the order is unknown."""
        parameters = self.offered[name]
        if count > len(parameters):
            return None
        if isinstance(parameters, Sequence) or len(parameters) == 1:
            return tuple(parameters)[:count]
        return None if count else ()
