"""Places where what a run did cannot be taken back, because something else stands there by now."""

from __future__ import annotations

from dataclasses import dataclass

from arriero.workspace.alignment import align
from arriero.workspace.steps import Share, Step
from arriero.workspace.text import LineIndex, split_lines


@dataclass(frozen=True)
class Conflict:
    """One such place; nothing was changed there.

    `written` is what was put there, `wanted` what taking it back would put there, and `found` what
    stands there now, from `line` (from 1) on. Each is some whole lines or, where the file as such
    was created or deleted, its whole text; None is no file. `found` is None too where what is there
    is no text.
    """

    path: str
    hunks: tuple[str, ...]
    line: int
    written: str | None
    wanted: str | None
    found: str | None


def conflict_in(step: Step, share: Share, path: str, current: str | None) -> Conflict:
    """Return the conflict of a share of an edit with the text that stands at a path now."""
    before, after = step.before or "", step.after or ""
    written, wanted = after[share.start : share.end], before[share.old_start : share.old_end]
    if current is None:
        return Conflict(path, share.hunks, 1, written, wanted, None)
    line, found = _counterpart(after, share.start, share.end, current)
    return Conflict(path, share.hunks, line, written, wanted, found)


def whole_conflict(step: Step, share: Share, path: str, current: str | None) -> Conflict:
    """Return the conflict of a file that was created, deleted or renamed."""
    return Conflict(path, share.hunks, 1, step.after, step.before, current)


def _counterpart(text: str, start: int, end: int, current: str) -> tuple[int, str]:
    """Return what has become of `text[start:end]`: the first line, from 1, and the lines."""
    index = LineIndex(text)
    old, new = split_lines(text), split_lines(current)
    first = index.line_at(start)
    last = first + len(split_lines(text[start:end]))
    low, high, moved = first, last, 0
    top = bottom = None
    for block in align(old, new):
        if block.old_end < low:
            moved = block.new_end - block.old_end
        elif block.old_start <= high:  # it touches them: what is new there belongs to them
            top = min(block.new_start, low + moved) if top is None else top
            bottom = block.new_end + max(0, last - block.old_end)
    at = low + moved if top is None else top
    until = high + moved if bottom is None else bottom
    return at + 1, "".join(new[at:until])
