"""One SEARCH/REPLACE block, line by line.

The form is known from aider's documentation ("Edit formats"): the old lines between a mark SEARCH
and a row of equals signs, the new ones from there to a mark REPLACE.
"""

from __future__ import annotations

from arriero.agent.editing.marks import conflict_step, ends_block, is_divider, search_mark
from arriero.agent.toolcalls.results import BrokenCall, FoundCall, Item

EDIT = "edit_file"
NO_PATH = (
    "The block does not say which file it changes. Put the file's path alone on the line before it."
)
UNTERMINATED = (
    "The block has no end, so nothing was changed. Write it again, shorter, up to its line "
    "'>>>>>>> REPLACE'."
)
_NO_DIVIDER = "The block has no line '=======' between the old and the new text. Write it again."
_DIVIDERS = (
    "The block has several lines '=======', so it is not clear where the old text ends. Search for "
    "fewer lines, without such a line."
)


class Block:
    """A block that has begun. Lines are taken until `take` returns what it means."""

    def __init__(self, path: str | None, opening: str) -> None:
        """`opening` is the line with the mark; lines lose the blanks that stand before it."""
        self.path = path
        self._indent = opening[: len(opening) - len(opening.lstrip(" \t"))]
        self._raw = [opening]
        self._lines: list[str] = []
        self._dividers: list[int] = []
        self._in_conflict = 0

    def take(self, line: str) -> Item | None:
        """Take the next line with its end; return the edit if it ends the block."""
        self._raw.append(line)
        if self._dividers and ends_block(line):
            return self._item()
        if not self._dividers and ends_block(line):
            return self.broken(_NO_DIVIDER)
        step = conflict_step(line.removeprefix(self._indent))
        if is_divider(line) and not self._in_conflict:
            self._dividers.append(len(self._lines))
        self._in_conflict = max(self._in_conflict + step, 0)
        self._lines.append(_plain(line, self._indent))
        return None

    def restarts(self, line: str) -> bool:
        """Tell whether `line` begins another block, so that this one lacks its end."""
        return search_mark(line) is not None

    def broken(self, reason: str) -> BrokenCall:
        """Return this block as one that is not executed."""
        return BrokenCall(EDIT, "".join(self._raw), reason)

    def _item(self) -> Item:
        if self.path is None:
            return self.broken(NO_PATH)
        if len(self._dividers) % 2 == 0:
            return self.broken(_DIVIDERS)
        # A row of equals signs in both texts, such as under a heading, leaves the one in the
        # middle to part them.
        middle = self._dividers[len(self._dividers) // 2]
        old, new = self._lines[:middle], self._lines[middle + 1 :]
        if not any(line.strip() for line in old):
            old = []
        return FoundCall(
            EDIT, {"path": self.path, "old_string": "".join(old), "new_string": "".join(new)}
        )


def _plain(line: str, indent: str) -> str:
    line = line.removeprefix(indent)
    return line[:-2] + "\n" if line.endswith("\r\n") else line
