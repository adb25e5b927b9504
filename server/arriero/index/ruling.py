"""Letting ripgrep rule files out where that takes less time than to look at them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from arriero.index.linesearch import Pattern
from arriero.index.needles import needles
from arriero.index.onecharacter import one_character
from arriero.index.wider import wider
from arriero.workspace.ripgrep import may_have
from arriero.workspace.usertexts import MOST_BYTES

_FIRST, _MOST = 256, 16_384  # files that are ruled on at once
_FEW_FOR_EXPRESSIONS = 64  # files; a text is found in more of them as fast as a program starts
_MANY_MATCH = 0.4  # of the files: to rule out the others costs more than it saves


class Ruling:
    """Goes through files and leaves out what cannot match.

    Whoever asks counts in `matched` how many of those that were left did.
    """

    def __init__(
        self, pattern: Pattern, program: str | None, laid: Container[str], deadline: float
    ) -> None:
        """`laid` are paths of which the file does not tell; `deadline` is of `time.monotonic`."""
        self.matched = 0
        self._laid = laid
        self._deadline = deadline
        self._program = program
        self._ignore_case = pattern.ignore_case
        self._regular = not pattern.is_plain
        if pattern.is_plain:
            self._wanted = pattern.text if pattern.text.isascii() else ""
            self._is_quick = True
        else:
            self._wanted = wider(pattern.expression, ignore_case=pattern.ignore_case)
            expression, ignore_case = pattern.expression, pattern.ignore_case
            self._is_quick = bool(
                needles(expression, ignore_case=ignore_case)
                or one_character(expression, ignore_case=ignore_case)
            )

    def left(self, paths: Sequence[str]) -> Iterator[str]:
        """Yield the paths that may match, in their order."""
        at, size = 0, _FIRST
        if self._is_quick or len(paths) < _FEW_FOR_EXPRESSIONS:
            yield from paths[:size]
            at = min(size, len(paths))
        looked_at, matched = at, 0
        while at < len(paths):
            part = paths[at : at + size]
            if looked_at and self.matched - matched > _MANY_MATCH * looked_at:
                kept: Sequence[str] = part
            else:
                kept = self._ruled(part)
            looked_at, matched = len(part), self.matched
            yield from kept
            at += len(part)
            size = min(2 * size, _MOST)

    def _ruled(self, paths: Sequence[str]) -> Sequence[str]:
        if not self._program or not self._wanted:
            return paths
        on_disk = [path for path in paths if path not in self._laid]
        may = may_have(
            self._program,
            on_disk,
            self._wanted,
            ignore_case=self._ignore_case and not self._regular,
            most_bytes=MOST_BYTES,
            deadline=self._deadline,
            regular=self._regular,
        )
        return [path for path in paths if path in self._laid or path in may]
