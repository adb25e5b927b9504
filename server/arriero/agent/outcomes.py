"""What became of a proposal: as values, and in sentences for the person and for the model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from arriero.workspace.confine import Confinement
from arriero.workspace.conflicts import Conflict
from arriero.workspace.proposal import Hunk
from arriero.workspace.runrecord import RunRecord

_MOST_NAMES = 5


@dataclass(frozen=True)
class AcceptOutcome:
    """What became of an accept.

    `hunks` are in the user's texts now, in the files `paths` (absolute); `stale` fit these texts no
    more. `reason` is a sentence for the person, empty where all went as asked.
    """

    applied: bool
    paths: tuple[str, ...] = ()
    hunks: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class RunChange:
    """What an undo or redo did with one run.

    `paths` are the files that were changed, `hunks` what of the run is not in the user's texts any
    more (or is again), by id, and `conflicts` the places that were left alone.
    """

    run_id: str
    paths: tuple[str, ...] = ()
    hunks: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def kept(self) -> tuple[str, ...]:
        """The files with conflicts."""
        return tuple(dict.fromkeys(conflict.path for conflict in self.conflicts))


@dataclass(frozen=True)
class UndoOutcome:
    """What became of an undo or a redo.

    `applied`: something was done, or nothing had to be. `reason` is a sentence for the person,
    empty where all went as asked.
    """

    applied: bool
    runs: tuple[RunChange, ...] = ()
    reason: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that were changed."""
        return tuple(dict.fromkeys(path for run in self.runs for path in run.paths))

    @property
    def kept(self) -> tuple[str, ...]:
        """The files in which something was left as it is."""
        return tuple(dict.fromkeys(path for run in self.runs for path in run.kept))

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The places that were left alone, with all three texts."""
        return tuple(conflict for run in self.runs for conflict in run.conflicts)


def accept_outcome(
    record: RunRecord, chosen: Collection[str], asked: Sequence[str]
) -> AcceptOutcome:
    """Return the outcome for the chosen hunks, of those that were asked for by id."""
    hunks = [hunk for hunk in record.proposal.hunks if hunk.id in chosen]
    accepted = [hunk for hunk in hunks if hunk.state == "accepted"]
    stale = [hunk for hunk in hunks if hunk.state == "stale"]
    known = {hunk.id for hunk in record.proposal.hunks}
    said = []
    if stale:
        said.append(
            f"What was proposed for {_files(stale, record)} does not fit what you have changed "
            "there since; ask again for it, or make the change by hand."
        )
    if unknown := [id_ for id_ in asked if id_ not in known]:
        said.append(f"There is no hunk {', '.join(unknown)} in this proposal.")
    return AcceptOutcome(
        bool(accepted),
        tuple(dict.fromkeys(hunk.path for hunk in accepted)),
        tuple(hunk.id for hunk in accepted),
        tuple(hunk.id for hunk in stale),
        " ".join(said),
    )


def nothing_to_accept(record: RunRecord, asked: Sequence[str] | None) -> AcceptOutcome:
    """Return the outcome where no hunk that was asked for waits for a verdict."""
    if asked is None:
        return AcceptOutcome(False, reason="Nothing of this proposal is open any more.")
    states = {hunk.id: f"is {hunk.state} already" for hunk in record.proposal.hunks}
    said = [f"hunk {id_} {states.get(id_, 'does not exist')}" for id_ in asked]
    reason = f"Nothing was changed: {', '.join(said) or 'no hunk was named'}."
    return AcceptOutcome(False, reason=reason)


def undo_outcome(
    direction: Literal["undo", "redo"], records: Sequence[RunRecord], runs: tuple[RunChange, ...]
) -> UndoOutcome:
    """Return the outcome of an undo or redo that was carried out."""
    outcome = UndoOutcome(True, runs)
    if not outcome.kept:
        return outcome
    folders = dict.fromkeys(folder for record in records for folder in record.folders)
    names = _shown(outcome.kept, tuple(folders))
    deed = "taken back" if direction == "undo" else "done again"
    reason = f"Not all was {deed} in {names}: you have changed the same places since."
    return UndoOutcome(bool(outcome.paths), runs, reason)


def nothing_to_turn(
    direction: Literal["undo", "redo"], records: Sequence[RunRecord], asked: Collection[str] | None
) -> UndoOutcome:
    """Return the outcome where nothing that was asked for can be taken back, or done again."""
    known = {hunk.id for record in records for hunk in record.proposal.hunks}
    if unknown := sorted(set(asked or ()) - known):
        reason = f"Nothing was changed: there is no hunk {', '.join(unknown)} in this run."
        return UndoOutcome(False, reason=reason)
    what = "that" if asked is not None else "this run" if len(records) == 1 else "these runs"
    deed = "left to take back" if direction == "undo" else "taken back, to be done again"
    return UndoOutcome(False, reason=f"Nothing of {what} is {deed}.")


def told(record: RunRecord) -> str:
    """Tell the model what the user did with what it proposed; empty: it proposed nothing."""
    verdicts = {
        "accepted": "accepted by the user, so in the files",
        "rejected": "rejected or taken back by the user, so not in the files",
        "stale": "not applied, because the user had changed the same lines",
        "open": "not decided on by the user yet, so not in the files",
    }
    said = []
    for state, words in verdicts.items():
        hunks = [hunk for hunk in record.proposal.hunks if hunk.state == state]
        if hunks:
            said.append(f"{words}: {_files(hunks, record)}")
    return f"Your edits for '{record.proposal.label}': {'; '.join(said)}." if said else ""


def _files(hunks: Iterable[Hunk], record: RunRecord) -> str:
    return _named(dict.fromkeys(hunk.path for hunk in hunks), record)


def _named(paths: Iterable[str], record: RunRecord) -> str:
    return _shown(paths, record.folders)


def _shown(paths: Iterable[str], folders: Sequence[str]) -> str:
    names = list(map(Confinement(folders).display, paths))
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
