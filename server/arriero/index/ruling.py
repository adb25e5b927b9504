"""Letting ripgrep rule files out where that takes less time than to look at them."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Sequence

from arriero.index.linesearch import Pattern
from arriero.index.needles import needles
from arriero.index.onecharacter import one_character
from arriero.index.wider import wider
from arriero.workspace.ripgrep import Ripgrep

_FIRST, _MOST = 256, 32_768  # files that are ruled on at once
_MORE = 1.5  # times as many as are needed where matches are as frequent as so far
_FEW_FOR_EXPRESSIONS = 64  # files; a text is found in more of them as fast as a program starts
_MANY_MATCH = 0.4  # of the files: to rule out the others costs more than it saves
_PATIENCE = 2  # times as long as it takes file by file
_START = 0.01  # seconds that a program takes to start, about


class Ruling:
    """Goes through files and leaves out what cannot match.

    Whoever asks counts in `matched` how many of those that were left did, and in `lines` what they
    had.
    """

    def __init__(
        self,
        pattern: Pattern,
        program: str | None,
        laid: Collection[str],
        most: int,
        deadline: float,
    ) -> None:
        """After `most` lines nobody asks any more; `deadline` is of `time.monotonic`.

        `laid` are paths of which the file does not tell.
        """
        self.matched = self.lines = 0
        self._most = most
        self._laid = laid
        self._deadline = deadline
        self._alone = math.inf  # seconds that a file takes without ruling
        self._by_file = math.inf  # the same where each is named to ripgrep
        self._by_folder = 0.0  # the same where whole folders are asked about
        ignore_case = pattern.ignore_case
        regular = not pattern.is_plain or not pattern.text.isascii()
        wanted = pattern.text
        if regular:
            wanted = wider(pattern.expression, ignore_case=ignore_case)
        self._is_quick = pattern.is_plain or bool(
            needles(pattern.expression, ignore_case=ignore_case)
            or one_character(pattern.expression, ignore_case=ignore_case)
        )
        self._ripgrep: Ripgrep | None = None
        if program and wanted:
            self._ripgrep = Ripgrep(
                program,
                wanted,
                ignore_case=ignore_case and not regular,
                regular=regular,
            )

    def left(self, paths: Sequence[str]) -> Iterator[str]:
        """Yield the paths that may match, in their order."""
        at, size = 0, _FIRST
        if self._is_quick or len(paths) < _FEW_FOR_EXPRESSIONS:
            began = time.monotonic()
            yield from paths[:size]
            at = min(size, len(paths))
            self._alone = (time.monotonic() - began) / max(at, 1)
            size = self._next(at)
        looked_at, matched = at, 0
        while at < len(paths):
            part = paths[at : at + size]
            many_match = looked_at and self.matched - matched > _MANY_MATCH * looked_at
            if many_match or self._alone * len(part) < _START:
                kept: Sequence[str] = part
            else:
                kept = self._ruled(part)
            looked_at, matched = len(part), self.matched
            yield from kept
            at += len(part)
            size = self._next(at)

    def _next(self, done: int) -> int:
        """Return how many files to rule on next, after so many: to ask again costs a start."""
        needed = (self._most - self.lines) * done / self.lines if self.lines else math.inf
        return int(min(max(_MORE * needed, _FIRST), _MOST))

    def _ruled(self, paths: Sequence[str]) -> Sequence[str]:
        if self._ripgrep is None:
            return paths
        laid = self._laid
        on_disk = [path for path in paths if path not in laid] if laid else paths
        may = self._may(self._ripgrep, on_disk) if on_disk else set()
        return [path for path in paths if path in may or path in laid]

    def _may(self, ripgrep: Ripgrep, paths: Sequence[str]) -> set[str]:
        """Ask about whole folders while that is not slower: others may be in them, and large."""
        began = time.monotonic()
        known = min(self._alone, self._by_file)
        if known < math.inf and self._by_folder < self._by_file:
            patience = _START + _PATIENCE * known * len(paths)
            may = ripgrep.of_folders(paths, min(self._deadline, began + patience))
            self._by_folder = math.inf if may is None else (time.monotonic() - began) / len(paths)
            if may is not None:
                return may
            began = time.monotonic()
        may = ripgrep.of_files(paths, self._deadline)
        self._by_file = min(self._by_file, (time.monotonic() - began) / len(paths))
        return may
