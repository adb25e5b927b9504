"""Changes of a text carried over to what the user has made of that text meanwhile.

Three texts: `base`, what a run makes of it ("ours"), and the user's `current`. The unit is the
line. Each of our changes meets one of three fates:

- *placed*: the user left its lines alone. It may touch lines that the user changed; then it keeps
  its side of them.
- *done*: the user's text has it already, and it is not made twice. It counts as done if a shortest
  way from `base` to `current` leads through it, whatever the user typed before and after.
- *conflict*: the user changed or deleted the same lines, inserted at the same place, or has a part
  of it. Nothing is changed there.

So no character of the user's is ever removed but those that our change removes from `base`, and no
line of ours comes twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from arriero.workspace.alignment import Block, align_exactly, distance, unique_pairs
from arriero.workspace.changes import Replacement
from arriero.workspace.diff import apply, trimmed
from arriero.workspace.text import LineIndex, dominant_eol, split_lines, with_eol


@dataclass(frozen=True)
class Fate:
    """What became of one of our changes; `replacement` of whole lines of `current` if placed."""

    kind: Literal["placed", "done", "conflict"]
    replacement: Replacement | None = None


@dataclass(frozen=True)
class Rebased:
    """The fates of our changes, in their order, and the placed ones as edits of `current`."""

    fates: tuple[Fate, ...]
    replacements: tuple[Replacement, ...]

    @property
    def conflicts(self) -> int:
        """How many changes conflict."""
        return sum(fate.kind == "conflict" for fate in self.fates)


def rebase(base: str, ours: Sequence[Replacement], current: str) -> Rebased:
    """Carry `ours`, sorted replacements in `base`, over to `current`.

    Replacements that share a line share their fate; the first of them then carries the lines of
    all, and the others are placed with None. If `current` has other line ends than `base`
    throughout, ours take them.
    """
    units = _units(base, ours)
    old, eol = split_lines(base), dominant_eol(current)
    if eol != dominant_eol(base) and current == with_eol(current, eol):
        old = [with_eol(line, eol) for line in old]
        units = [unit.with_eol(eol) for unit in units]
    new = split_lines(current)
    starts = list(accumulate(map(len, new), initial=0))
    fates: list[Fate] = []
    for unit, verdict in zip(units, _judge(old, units, new), strict=True):
        if isinstance(verdict, int):
            start, end = starts[verdict], starts[verdict + unit.end - unit.start]
            fates.append(Fate("placed", Replacement(start, end, "".join(unit.new))))
            fates += [Fate("placed")] * (unit.count - 1)
        else:
            fates += [Fate(verdict)] * unit.count
    placed = [fate.replacement for fate in fates if fate.replacement]
    return Rebased(tuple(fates), tuple(p for part in placed for p in trimmed(current, part)))


def merged(base: str, ours: Sequence[Replacement], current: str) -> tuple[str, Rebased]:
    """Return `current` with those of our changes that can be placed, and their fates."""
    rebased = rebase(base, ours, current)
    return apply(current, rebased.replacements), rebased


@dataclass(frozen=True)
class _Unit:
    """Lines `[start, end)` of base become `new`; made of `count` replacements."""

    start: int
    end: int
    new: tuple[str, ...]
    count: int = 1

    def with_eol(self, eol: str) -> _Unit:
        new = tuple(with_eol(line, eol) for line in self.new)
        return _Unit(self.start, self.end, new, self.count)

    def moved(self, lines: int) -> _Unit:
        return _Unit(self.start + lines, self.end + lines, self.new, self.count)

    def on(self, lines: Sequence[str]) -> list[str]:
        return [*lines[: self.start], *self.new, *lines[self.end :]]


# The line of current at which a unit is placed, or why it is not.
_Verdict = int | Literal["done", "conflict"]


def _judge(old: list[str], units: list[_Unit], new: list[str]) -> list[_Verdict]:
    """Judge each unit within the stretch between lines that surely are the same in both texts."""
    if old == new:
        return [unit.start for unit in units]
    touched = {line for unit in units for line in (*unit.new, *old[unit.start : unit.end])}
    verdicts: list[_Verdict] = []
    i = j = 0  # where the stretch starts in old and in new
    for a, b in (*unique_pairs(old, new, touched), (len(old), len(new))):
        inside = []
        for unit in units[len(verdicts) :]:
            if unit.end > a:
                break
            inside.append(unit.moved(-i))
        found = _judge_stretch(old[i:a], inside, new[j:b])
        verdicts += [v + j if isinstance(v, int) else v for v in found]
        i, j = a + 1, b + 1
    return verdicts


def _judge_stretch(old: list[str], units: list[_Unit], new: list[str]) -> list[_Verdict]:
    """Judge units in a stretch; one is placed only if it would be recognised as done afterwards."""
    if old == new:
        return [unit.start for unit in units]
    verdicts = _judge_once(old, units, new)
    after = new
    for unit, verdict in reversed(list(zip(units, verdicts, strict=True))):
        if isinstance(verdict, int):
            after = unit.moved(verdict - unit.start).on(after)
    if after != new:
        again = _judge_once(old, units, after, doubtful="done")
        for was, now in zip(verdicts, again, strict=True):
            if isinstance(now, int) or (isinstance(was, int) and now != "done"):
                return ["conflict" if isinstance(v, int) else v for v in verdicts]
    return verdicts


def _judge_once(
    old: list[str],
    units: list[_Unit],
    new: list[str],
    doubtful: Literal["done", "conflict"] = "conflict",
) -> list[_Verdict]:
    """Judge units; lines that may be deleted, or changed by the user, are `doubtful`."""
    verdicts: list[_Verdict] = ["conflict"] * len(units)
    waiting: list[tuple[int, _Unit]] = []
    deleted: list[tuple[int, int]] = []  # units that only delete, and the line where they did
    moved = 0  # lines that the done units before this one have added to `old`
    for index, original in enumerate(units):
        unit = original.moved(moved)
        if _nearer(old, unit, new) == 1:
            verdicts[index] = "done"
            if not unit.new:
                deleted.append((index, unit.start))
            old = unit.on(old)
            moved += len(unit.new) - (unit.end - unit.start)
        else:
            waiting.append((index, unit))
    # With what is done in `old` too, all that is left of the difference is the user's.
    theirs = align_exactly(old, new)
    for index, unit in waiting:
        if theirs is not None and _nearer(old, unit, new) == -1:
            verdicts[index] = _place(unit, theirs)
    for index, line in deleted:
        if theirs is None or any(_writes_at(block, line) for block in theirs):
            verdicts[index] = doubtful
    return verdicts


def _nearer(old: list[str], unit: _Unit, new: list[str]) -> int:
    """Say whether `unit` leads from `old` straight to `new` (1), straight away (-1) or aside (0).

    Straight means by as many lines as the unit changes: by the triangle inequality `unit` then is
    on a shortest way to `new`, or `old` is on a shortest way from there.
    """
    far, cost = distance(old, new), distance(old[unit.start : unit.end], unit.new)
    further = distance(unit.on(old), new)
    if far is None or further is None or cost is None:
        return 0
    return (far - further == cost) - (further - far == cost)


def _place(unit: _Unit, theirs: Sequence[Block]) -> _Verdict:
    """Return the line of the new text at which a unit begins, or a conflict."""
    moved = 0
    for block in theirs:
        both_insert = unit.start == unit.end == block.old_start == block.old_end
        if both_insert or (block.old_start < unit.end and unit.start < block.old_end):
            return "conflict"
        if block.old_end <= unit.start:
            moved = block.new_end - block.old_end
    return unit.start + moved


def _writes_at(block: Block, line: int) -> bool:
    """Whether the user wrote where lines are gone: then these were changed, not deleted."""
    return block.old_start <= line <= block.old_end and block.new_start < block.new_end


def _units(base: str, ours: Sequence[Replacement]) -> list[_Unit]:
    """Widen replacements to whole lines and join those that share one."""
    index = LineIndex(base)
    units: list[_Unit] = []
    group: list[Replacement] = []
    span = (0, 0)
    for part in ours:
        if group and _span(index, [part])[0] >= span[1]:
            units.append(_unit(index, group, span))
            group = []
        group.append(part)
        span = _span(index, group)
    if group:
        units.append(_unit(index, group, span))
    return units


def _unit(index: LineIndex, group: Sequence[Replacement], span: tuple[int, int]) -> _Unit:
    first = index.line_at(span[0])
    count = len(split_lines(index.text[span[0] : span[1]]))
    return _Unit(first, first + count, tuple(split_lines(_result(index, group, span))), len(group))


def _result(index: LineIndex, group: Sequence[Replacement], span: tuple[int, int]) -> str:
    """Return what the group makes of the lines in `span`."""
    start, end = span
    inside = [Replacement(part.start - start, part.end - start, part.text) for part in group]
    return apply(index.text[start:end], inside)


def _span(index: LineIndex, group: Sequence[Replacement]) -> tuple[int, int]:
    """Return the offsets of the lines whose line ends stay what they are around the group."""
    text = index.text
    start = index.line_start(index.line_at(group[0].start))
    end = group[-1].end
    if end != index.line_start(index.line_at(end)):
        end = index.line_start(index.line_at(end) + 1)
    while True:
        new = _result(index, group, (start, end))
        follows = text[end : end + 1]
        if start and text[start - 1] == "\r" and (new or follows)[:1] == "\n":
            start = index.line_start(index.line_at(start - 1))
        elif new and follows and (new[-1] not in "\r\n" or new[-1] + follows == "\r\n"):
            end = index.line_start(index.line_at(end) + 1)
        else:
            return start, end
