"""Working out what to change when what a run did is taken back, or is done again.

Both are one thing: to take back some steps, which makes steps that can be taken back in turn. So
what is done again is what was there before it was taken back, whatever happened in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from arriero.workspace.changes import Replacement
from arriero.workspace.changeset import ChangeSet
from arriero.workspace.conflicts import Conflict, conflict_in, whole_conflict
from arriero.workspace.diff import apply
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.rebase import rebase
from arriero.workspace.steps import (
    Move,
    Share,
    Step,
    names_of,
    now_at,
    shares_of,
    with_shares,
)


@dataclass(frozen=True)
class Selection:
    """What is meant: hunks by id, files by absolute path, and everything where both are None."""

    hunks: frozenset[str] | None = None
    files: frozenset[str] | None = None

    @staticmethod
    def of(hunks: Iterable[str] | None = None, files: Iterable[str] | None = None) -> Selection:
        """Return the selection of these; None: not chosen by that."""
        return Selection(
            None if hunks is None else frozenset(hunks), None if files is None else frozenset(files)
        )

    @property
    def is_all(self) -> bool:
        """Whether everything is meant."""
        return self.hunks is None and self.files is None

    def has(self, share: Share, paths: Collection[str]) -> bool:
        """Tell whether a share of a file that has, or had, these paths is meant."""
        by_hunk = self.hunks is not None and not self.hunks.isdisjoint(share.hunks)
        by_file = self.files is not None and not self.files.isdisjoint(paths)
        return self.is_all or by_hunk or by_file


EVERYTHING = Selection()


@dataclass
class TakenBack:
    """What became of steps that were to be taken back.

    `left` could not be, or was not meant, in order; `made` are the steps that did it, and `moves`
    the renames, the user's too; `hunks` are not in the texts any more, some of them because the
    user had taken them back already. `failed` is what could not be.
    """

    number: int  # of the next step or move
    left: list[Step] = field(default_factory=list)
    made: list[Step] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    hunks: set[str] = field(default_factory=set)
    failed: list[tuple[Step, Share]] = field(default_factory=list)

    def make(
        self,
        path: str,
        before: str | None,
        after: str | None,
        shares: tuple[Share, ...],
        new_path: str | None = None,
    ) -> None:
        """Note a step that was made."""
        self.made.append(Step(self.number, path, before, after, new_path, shares))
        if new_path is not None:
            self.move(path, new_path)
        self.number += 1

    def move(self, path: str, new_path: str) -> None:
        """Note that a file is elsewhere by now."""
        self.moves.append(Move(self.number, path, new_path))
        self.number += 1


def take_back(
    steps: Sequence[Step],
    moves: Sequence[Move],
    texts: ChangeSet,
    meant: Selection,
    number: int,
) -> TakenBack:
    """Take back in `texts` what is meant of `steps`, the last one first.

    `moves` are all renames of the run so far: they tell where its files are by now. `number` is
    that of the first step that is made. What the user has done since is left alone: where that is
    in the same lines, where a file that was created is another one by now, or where something is in
    the place of a file that was deleted or renamed, there is a conflict.
    """
    done = TakenBack(number)
    for step in reversed(steps):
        path = now_at(step, (*moves, *done.moves))
        shares = step.known_shares()
        names = names_of(step, moves)
        chosen = [share for share in shares if meant.has(share, names)]
        change = _whole if step.is_whole else _edit
        failed = change(step, path, chosen, texts, done) if chosen else []
        done.failed += [(step, share) for share in failed]
        remain = [share for share in shares if share not in chosen or share in failed]
        if remain:
            done.left.insert(0, with_shares(step, remain))
    return done


def conflicts(done: TakenBack, moves: Sequence[Move], texts: ChangeSet) -> list[Conflict]:
    """Return the places that could not be taken back, as they are in `texts` by now."""
    found = []
    for step, share in done.failed:
        path = now_at(step, (*moves, *done.moves))
        try:
            current = texts.text(path)
        except WorkspaceError:  # what is there now is no text
            current = None
        make = whole_conflict if step.is_whole else conflict_in
        found.append(make(step, share, path, current))
    return found


def _whole(
    step: Step, path: str, chosen: list[Share], texts: ChangeSet, done: TakenBack
) -> list[Share]:
    """Take back that a file was created, deleted or renamed; return the shares that could not."""
    hunks = tuple(id_ for share in chosen for id_ in share.hunks)
    shares = (Share(hunks),)
    try:
        current = texts.text(path)
        fits, gone = _fits(step, path, current, texts)
        if fits and step.new_path is not None:
            texts.move(path, step.path)
            done.make(path, current, current, shares, step.path)
        elif fits:
            texts.put(path, step.before)
            done.make(path, step.after, step.before, shares)
        elif gone and step.new_path is not None:
            done.move(path, step.path)
    except WorkspaceError:  # what is there now is no text
        fits = gone = False
    if fits or gone:
        done.hunks.update(hunks)
        return []
    return chosen


def _fits(step: Step, path: str, current: str | None, texts: ChangeSet) -> tuple[bool, bool]:
    """Tell whether a step can be taken back, and whether the user has done so already."""
    if step.new_path is None:
        return current == step.after, current == step.before
    here, there = texts.text(step.path) is not None, current is not None
    meant = path == step.new_path  # else it has been renamed again since
    return meant and there and not here, meant and here and not there


def _edit(
    step: Step, path: str, chosen: list[Share], texts: ChangeSet, done: TakenBack
) -> list[Share]:
    """Take back edits of a file; return the shares that could not be."""
    before, after = step.before or "", step.after or ""
    try:
        current = texts.text(path)
    except WorkspaceError:  # what is there now is no text
        current = None
    if current is None:
        return chosen
    back = [Replacement(s.start, s.end, before[s.old_start : s.old_end]) for s in chosen]
    placed: list[tuple[tuple[str, ...], Replacement]] = []
    failed = []
    for share, fate in zip(chosen, rebase(after, back, current).fates, strict=True):
        if fate.kind == "conflict":
            failed.append(share)
        elif fate.replacement is not None:
            placed.append((share.hunks, fate.replacement))
        elif fate.kind == "placed":  # with the one before, whose lines it shares
            hunks, part = placed[-1]
            placed[-1] = (hunks + share.hunks, part)
        if fate.kind != "conflict":
            done.hunks.update(share.hunks)
    if placed:
        text = apply(current, [part for _, part in placed])
        texts.put(path, text)
        done.make(path, current, text, shares_of(placed))
    return failed
