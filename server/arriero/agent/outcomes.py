"""What became of a proposal: as values, and in sentences for the person and for the model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from arriero.workspace.changeset import FileEffect
from arriero.workspace.checkpoints import RunRecord
from arriero.workspace.confine import Confinement
from arriero.workspace.proposal import Hunk

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
class UndoOutcome:
    """What became of an undo: files that were changed, and those that keep something of the run."""

    applied: bool
    paths: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    reason: str = ""


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
    record: RunRecord, effects: Iterable[FileEffect], kept: tuple[str, ...]
) -> UndoOutcome:
    """Return the outcome of an undo with these effects, which left the files in `kept` alone."""
    paths = tuple(effect.new_path or effect.path for effect in effects)
    reason = ""
    if kept:
        names = _named(kept, record)
        reason = f"Not all was taken back in {names}: you have changed the same places since."
    return UndoOutcome(bool(paths) or not kept, paths, kept, reason)


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
    names = list(map(Confinement(record.folders).display, paths))
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
