"""What a run did to the user's files, step by step and by hunk, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from arriero.workspace.changes import Replacement
from arriero.workspace.diff import line_diff


@dataclass(frozen=True)
class Share:
    """The place of some hunks in a step: `before[old_start:old_end]` became `after[start:end]`.

    Offsets count code points and are at the bounds of lines. Several hunks share one place where
    they could not be told apart, and are then taken back together. Of a file that was created,
    deleted or renamed all offsets are 0.
    """

    hunks: tuple[str, ...]
    old_start: int = 0
    old_end: int = 0
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Step:
    """One thing that was done to one file; None is no file, `new_path` where it was renamed to.

    `number` orders the steps of a run in time. `shares` are those of its hunks that can still be
    taken back. Where that was not written down, `together` are the hunks, which then share a fate.
    """

    number: int
    path: str
    before: str | None
    after: str | None
    new_path: str | None = None
    shares: tuple[Share, ...] = ()
    together: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the file was created, deleted or renamed."""
        return self.before is None or self.after is None or self.new_path is not None

    @property
    def paths(self) -> tuple[str, ...]:
        """The path, and the new one if there is one."""
        return (self.path,) if self.new_path is None else (self.path, self.new_path)

    @property
    def hunks(self) -> frozenset[str]:
        """The ids of the hunks that can still be taken back."""
        return frozenset((*self.together, *(id_ for share in self.shares for id_ in share.hunks)))

    def known_shares(self) -> tuple[Share, ...]:
        """Return the shares; where none were written down, those that the texts show."""
        if not self.together:
            return self.shares
        if self.is_whole:
            return (Share(self.together),)
        parts = line_diff(self.before or "", self.after or "")
        return shares_of((self.together, part) for part in parts)


@dataclass(frozen=True)
class Move:
    """A rename, also one that was taken back since: it tells where a file of a step is now."""

    number: int
    path: str
    new_path: str

    @property
    def paths(self) -> tuple[str, ...]:
        """Both paths."""
        return (self.path, self.new_path)


Placed = TypeVar("Placed", Step, Move)


def shares_of(parts: Iterable[tuple[tuple[str, ...], Replacement]]) -> tuple[Share, ...]:
    """Return the shares of hunks that replace parts of a text; these are sorted."""
    shares, moved = [], 0
    for hunks, part in parts:
        start = part.start + moved
        end = start + len(part.text)
        shares.append(Share(hunks, part.start, part.end, start, end))
        moved = end - part.end
    return tuple(shares)


def now_at(step: Step, moves: Iterable[Move]) -> str:
    """Return the path that a step's file has after the renames that came later."""
    path = step.new_path or step.path
    later = (move for move in moves if move.number > step.number)
    for move in sorted(later, key=lambda move: move.number):
        if move.path == path:
            path = move.new_path
    return path


def names_of(step: Step, moves: Sequence[Move]) -> set[str]:
    """Return the paths that a step's file has had, and has now."""
    names = set(step.paths)
    in_time = sorted(moves, key=lambda move: move.number)
    path = step.path
    for move in reversed(in_time):
        if move.number < step.number and move.new_path == path:
            path = move.path
            names.add(path)
    path = step.new_path or step.path
    for move in in_time:
        if move.number > step.number and move.path == path:
            path = move.new_path
            names.add(path)
    return names


def moves_of(steps: Iterable[Step]) -> tuple[Move, ...]:
    """Return the renames among steps."""
    return tuple(Move(s.number, s.path, s.new_path) for s in steps if s.new_path is not None)


def next_number(*things: Sequence[Step] | Sequence[Move]) -> int:
    """Return a number for a step after all of these."""
    return 1 + max((thing.number for some in things for thing in some), default=0)


def touching(things: Iterable[Placed], paths: Collection[str]) -> tuple[Placed, ...]:
    """Return the steps or moves at any of these paths."""
    return tuple(thing for thing in things if set(thing.paths) & set(paths))


def apart_from(things: Iterable[Placed], paths: Collection[str]) -> tuple[Placed, ...]:
    """Return the steps or moves at none of these paths."""
    return tuple(thing for thing in things if not set(thing.paths) & set(paths))


def in_order(*things: Iterable[Placed]) -> tuple[Placed, ...]:
    """Return all these steps, or moves, as they came in time."""
    return tuple(sorted((t for some in things for t in some), key=lambda thing: thing.number))


def with_shares(step: Step, shares: Iterable[Share]) -> Step:
    """Return a step of which only these shares can still be taken back."""
    return replace(step, shares=tuple(shares), together=())
