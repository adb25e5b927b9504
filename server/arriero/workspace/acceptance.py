"""Working out what to change when hunks of a proposal are accepted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from arriero.workspace.changes import Replacement
from arriero.workspace.changeset import ChangeSet
from arriero.workspace.diff import apply
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.proposal import FileProposal, Hunk, HunkState, Proposal
from arriero.workspace.rebase import rebase
from arriero.workspace.stages import places
from arriero.workspace.steps import Share, Step, shares_of
from arriero.workspace.text import LineIndex, split_lines

# A hunk is in the change, or in the user's text without it, or fits that text no more.
Fate = Literal["placed", "done", "stale"]
_Place = Replacement | Literal["done", "stale"]
_Shares = Sequence[Share]
_STATES: Mapping[Fate, HunkState] = {"placed": "accepted", "done": "accepted", "stale": "stale"}


@dataclass(frozen=True)
class Acceptance:
    """The proposal once the change is applied; its hunks' states tell what became of them.

    `steps` are what then has been done to the files, without what the user had done himself.
    """

    proposal: Proposal
    steps: tuple[Step, ...]


class _Deeds:
    """The fates and steps so far."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.fates: dict[str, Fate] = {}
        self.steps: list[Step] = []

    def did(self, path: str, before: str | None, after: str | None, shares: _Shares) -> None:
        """Note what was done to a file's text."""
        number = self.number + len(self.steps)
        self.steps.append(Step(number, path, before, after, None, tuple(shares)))

    def moved(self, path: str, new_path: str, text: str | None, hunk: str) -> None:
        """Note that a file was renamed."""
        number = self.number + len(self.steps)
        self.steps.append(Step(number, path, text, text, new_path, (Share((hunk,)),)))


def accept_hunks(
    proposal: Proposal, chosen: Collection[str], texts: ChangeSet, number: int = 1
) -> Acceptance:
    """Carry the chosen hunks that are open or stale over to the user's texts, into `texts`.

    In the files that they are in, the other open hunks are carried over too: they will be for the
    texts as these are then. `number` is that of the first step.
    """
    deeds = _Deeds(number)
    files = list(proposal.files)
    for place in _order(proposal.files):
        file = files[place]
        wanted = {h.id for h in file.hunks if h.id in chosen and h.state in ("open", "stale")}
        if wanted:
            files[place] = _accept(file, wanted, texts, deeds)
    return Acceptance(replace(proposal, files=tuple(files)), tuple(deeds.steps))


def refreshed(file: FileProposal, current: str) -> FileProposal:
    """Return a file's edits carried over to the user's text; what that has already is accepted."""
    return _carried_over(file, set(), _places(file, set(), current), [], current)


def renamed(file: FileProposal) -> FileProposal:
    """Return a file's edits at its new path, its rename accepted."""
    path = file.new_path or file.path
    hunks = tuple(
        replace(hunk, path=path, state="accepted" if hunk.kind == "rename" else hunk.state)
        for hunk in file.hunks
    )
    return replace(file, path=path, kind="edit", new_path=None, hunks=hunks).with_states({})


def _order(files: tuple[FileProposal, ...]) -> list[int]:
    """Put a file that leaves its path before one that comes to it."""
    order: list[int] = []
    waiting = list(range(len(files)))
    while waiting:
        leaving = {files[n].path for n in waiting if files[n].new_path}
        ready = [n for n in waiting if files[n].new_path not in leaving] or waiting
        order += ready
        waiting = [n for n in waiting if n not in ready]
    return order


def _accept(file: FileProposal, wanted: set[str], texts: ChangeSet, deeds: _Deeds) -> FileProposal:
    try:
        if file.kind in ("create", "delete"):
            return _accept_whole(file, wanted, texts, deeds)
        file = _accept_edits(file, wanted, texts, deeds)
        return _accept_rename(file, wanted, texts, deeds)
    except WorkspaceError:  # what is there now is no text
        return _noted(file, {id_: "stale" for id_ in wanted if id_ not in deeds.fates}, deeds.fates)


def _noted(file: FileProposal, new: Mapping[str, Fate], fates: dict[str, Fate]) -> FileProposal:
    fates.update(new)
    return file.with_states({id_: _STATES[fate] for id_, fate in new.items()})


def _accept_whole(
    file: FileProposal, wanted: set[str], texts: ChangeSet, deeds: _Deeds
) -> FileProposal:
    """Create or delete a file, if it is missing, or is what it was."""
    hunk = next(hunk for hunk in file.hunks if hunk.id in wanted)
    current = texts.text(file.path)
    if hunk.kind == "create":
        text, fits = hunk.new_text, not current
    else:
        text, fits = None, current == hunk.old_text
    if current != text and not fits:
        return _noted(file, {hunk.id: "stale"}, deeds.fates)
    fate: Fate = "done" if current == text else "placed"
    if fate == "placed":
        texts.put(file.path, text)
        deeds.did(
            file.path, current, text, [Share((hunk.id,), 0, len(current or ""), 0, len(text or ""))]
        )
    return replace(_noted(file, {hunk.id: fate}, deeds.fates), base=text, proposed=text)


def _accept_rename(
    file: FileProposal, wanted: set[str], texts: ChangeSet, deeds: _Deeds
) -> FileProposal:
    hunk = next((h for h in file.hunks if h.kind == "rename" and h.id in wanted), None)
    if hunk is None or file.new_path is None:
        return file
    here, there = texts.text(file.path) is not None, texts.text(file.new_path) is not None
    if here == there:
        return _noted(file, {hunk.id: "stale"}, deeds.fates)
    if here:
        texts.move(file.path, file.new_path)
        deeds.moved(file.path, file.new_path, texts.text(file.new_path), hunk.id)
    deeds.fates[hunk.id] = "placed" if here else "done"
    return renamed(file)


def _accept_edits(
    file: FileProposal, wanted: set[str], texts: ChangeSet, deeds: _Deeds
) -> FileProposal:
    edits = [hunk for hunk in file.hunks if hunk.kind == "edit"]
    if not any(hunk.id in wanted for hunk in edits):
        return file
    path, current = file.path, texts.text(file.path)
    if current is None and file.new_path is not None:  # the user has renamed it already
        path, current = file.new_path, texts.text(file.new_path)
    if current is None or file.base is None:
        return _noted(file, {hunk.id: "stale" for hunk in edits if hunk.id in wanted}, deeds.fates)
    found = _places(file, wanted, current)
    placed = sorted(
        (part, id_)
        for id_, part in found.items()
        if isinstance(part, Replacement) and id_ in wanted
    )
    chosen = [part for part, _ in placed]
    after = apply(current, chosen)
    if after != current:
        texts.put(path, after)
        deeds.did(path, current, after, shares_of(((id_,), part) for part, id_ in placed))
    for id_, place in found.items():
        if id_ in wanted:
            deeds.fates[id_] = "placed" if isinstance(place, Replacement) else place
    return _carried_over(file, wanted, found, chosen, after)


def _places(file: FileProposal, wanted: set[str], current: str) -> dict[str, _Place]:
    """Return where in the user's text each open or wanted edit goes, or why it does not."""
    found: dict[str, _Place] = {}
    pairs = file.replacements()
    fates = rebase(file.base or "", [part for _, part in pairs], current).fates
    for (hunk, _), fate in zip(pairs, fates, strict=True):
        found[hunk.id] = fate.replacement or ("done" if fate.kind == "done" else "stale")
    for hunk in file.hunks:
        if hunk.kind == "edit" and hunk.state == "stale" and hunk.id in wanted:
            part = _anchored(current, hunk)
            taken = [other for other in found.values() if isinstance(other, Replacement)]
            free = part and all(o.end <= part.start or part.end <= o.start for o in taken)
            found[hunk.id] = part if part and free else "stale"
    return found


def _anchored(text: str, hunk: Hunk) -> Replacement | None:
    """Find the lines that a hunk replaces where they are whole lines of the text, just once."""
    old = hunk.old_text
    starts = [at for at in places(text, old) if at == 0 or text[at - 1] in "\r\n"] if old else []
    ends = [at + len(old) for at in starts]
    if len(starts) != 1 or not (old[-1] in "\r\n" or ends[0] == len(text)):
        return None
    return Replacement(starts[0], ends[0], hunk.new_text)


def _carried_over(
    file: FileProposal,
    wanted: set[str],
    found: Mapping[str, _Place],
    chosen: list[Replacement],
    after: str,
) -> FileProposal:
    """Return the file as it is for the text `after`, with what remains open in its place there."""
    index = LineIndex(after)
    hunks = []
    for hunk in file.hunks:
        place = found.get(hunk.id)
        if isinstance(place, Replacement) and hunk.id not in wanted:
            moved = sum(len(c.text) - (c.end - c.start) for c in chosen if c.end <= place.start)
            start, end = place.start + moved, place.end + moved
            old, new = tuple(split_lines(after[start:end])), tuple(split_lines(place.text))
            line = index.line_at(start) + 1
            hunks.append(replace(hunk, line=line, old_lines=old, new_lines=new))
        elif place is not None:
            hunks.append(replace(hunk, state="stale" if place == "stale" else "accepted"))
        else:
            hunks.append(hunk)
    return replace(file, base=after, hunks=tuple(hunks)).with_states({})
