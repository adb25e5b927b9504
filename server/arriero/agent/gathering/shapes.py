"""Texts that can be shown in part: as much as there is room for, and what is missing is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from arriero.index.extract.types import Definition
from arriero.workspace.excerpt import cut

_COLUMNS = 400  # of one line; longer ones are data, unless there is room for all
_MOST_WHOLE = 200_000  # characters of a text whose long lines are ever given as they are
_MOST_NAMES = 24
_CUT = "long lines cut"


@dataclass(frozen=True)
class Shown:
    """A text as it is given, and which part of the whole it is, '' for all of it."""

    text: str
    extent: str = ""


class Shape(Protocol):
    """Something that can be shown in sizes from `least` to `most`, of which the last is whole."""

    @property
    def least(self) -> int:
        """The smallest size of any use."""

    @property
    def most(self) -> int:
        """The size of the whole."""

    def show(self, size: int) -> Shown:
        """Return what is shown at a size."""


@dataclass(frozen=True)
class Lines:
    """The beginning of a text, and an outline of the rest where its `definitions` are known.

    `first` is the number of the first line, `more` says how to get at the rest. Where lines are
    long, all lines cut are a size, and the whole is one more.
    """

    lines: Sequence[str]
    first: int = 1
    more: str = ""
    definitions: Sequence[Definition] = ()

    @property
    def least(self) -> int:
        return 0 if self.definitions else min(1, self.most)

    @property
    def most(self) -> int:
        return len(self.lines) + self._may_be_uncut

    @property
    def plain(self) -> Lines:
        """The same without an outline, which may take more than there is room for."""
        return replace(self, definitions=())

    @cached_property
    def _may_be_uncut(self) -> bool:
        return (
            any(len(line) > _COLUMNS for line in self.lines)
            and sum(map(len, self.lines)) <= _MOST_WHOLE
        )

    def show(self, size: int) -> Shown:
        count = len(self.lines)
        if size > count:
            return Shown("\n".join(self.lines))
        shown = [cut(line, _COLUMNS) for line in self.lines[:size]]
        is_cut = any(len(line) > _COLUMNS for line in self.lines[:size])
        if size == count:
            return Shown("\n".join(shown), _CUT if is_cut else "")
        start, end = self.first + size, self.first + count - 1
        how = f"; {self.more}" if self.more else ""
        shown.append(f"[lines {start} to {end} are left out{how}]")
        rest = [each for each in self.definitions if start <= each.line <= end]
        if rest:
            names = [f"{one.kind} {one.name} (line {one.line})" for one in rest[:_MOST_NAMES]]
            etc = ", …" if len(rest) > _MOST_NAMES else ""
            shown.append(f"[They define: {', '.join(names)}{etc}]")
        told = f"lines {self.first} to {start - 1} of {count}" if size else "its outline"
        return Shown("\n".join(shown), f"{told}, {_CUT}" if is_cut else told)


@dataclass(frozen=True)
class Around:
    """The lines around a place; those from `first` to `last` stand elsewhere and are left out."""

    lines: Sequence[str]
    line: int
    first: int = 0
    last: int = 0

    @property
    def least(self) -> int:
        return min(3, self.most)

    @property
    def most(self) -> int:
        return len(self.lines)

    def show(self, size: int) -> Shown:
        at = min(max(self.line, 1), self.most) - 1
        start = min(max(at - size // 3, 0), max(self.most - size, 0))
        end = min(start + size, self.most)
        shown: list[str] = []
        for number, line in enumerate(self.lines[start:end], start + 1):
            if number == max(self.first, start + 1) and self.first <= number <= self.last:
                shown.append("[the selected lines stand here]")
            if not self.first <= number <= self.last:
                shown.append(cut(line, _COLUMNS))
        whole = (start, end) == (0, self.most)
        extent = "" if whole else f"lines {start + 1} to {end} of {self.most}"
        return Shown("\n".join(shown), extent)


@dataclass(frozen=True)
class Entries:
    """A list of which the first entries say most.

    `others` are as many more of which nothing is shown; where `open_end`, nobody knows how many.
    """

    entries: Sequence[str]
    others: int = 0
    open_end: bool = False

    @property
    def least(self) -> int:
        return min(1, self.most)

    @property
    def most(self) -> int:
        return len(self.entries)

    def show(self, size: int) -> Shown:
        shown = list(self.entries[:size])
        missing = self.most - len(shown) + self.others
        whole = self.most + self.others
        if self.open_end:
            note = f"[more than {missing} more]" if missing else "[and more]"
            return Shown("\n".join([*shown, note]), f"{len(shown)} of more than {whole}")
        if not missing:
            return Shown("\n".join(shown))
        return Shown("\n".join([*shown, f"[{missing} more]"]), f"{len(shown)} of {whole}")
