"""Proposals on their way to the user's files: kept, accepted, rejected, taken back, done again.

A change is sent to the editor for exactly the texts that it was worked out for.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from arriero.agent.blocking import in_thread
from arriero.agent.changed_runs import ChangedRun, changed_run
from arriero.agent.editor import ApplyOutcome, Editor
from arriero.agent.outcomes import (
    AcceptOutcome,
    UndoOutcome,
    accept_outcome,
    nothing_to_accept,
    told,
)
from arriero.agent.records import Records, UnknownRun, truth
from arriero.agent.undoing import turn
from arriero.workspace.acceptance import Acceptance, accept_hunks
from arriero.workspace.changes import WorkspaceChange
from arriero.workspace.changeset import ChangeSet, FileEffect
from arriero.workspace.confine import Confinement
from arriero.workspace.continuation import continued
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.proposal import HunkState, Proposal
from arriero.workspace.runrecord import RunRecord, Sending
from arriero.workspace.steps import moves_of
from arriero.workspace.takeback import EVERYTHING, Selection
from arriero.workspace.uris import is_uri

__all__ = ["AcceptOutcome", "Proposals", "UndoOutcome", "UnknownRun"]

log = logging.getLogger(__name__)

_MOST_RUNS = 100  # that are listed
_ATTEMPTS = 3  # to apply a change while the user types
_REFUSED = "The editor did not take the change; nothing was changed."


class View(Protocol):
    """What a proposal is taken from; `workspace.view.WorkspaceView` is one."""

    @property
    def roots(self) -> Sequence[str]:
        """The workspace's folders."""

    def proposal(self, run_id: str, session_id: str, label: str) -> Proposal:
        """Return what the run proposes; may block."""


class Proposals:
    """All runs' proposals. One call at a time changes a run's record; the others wait."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the records, which need not be there yet."""
        self._records = Records(folder)

    async def propose(
        self, run_id: str, session_id: str, label: str, view: View
    ) -> Proposal | None:
        """Store what a run proposes by now and return it; None if it never proposed anything.

        Raises WorkspaceError from the view or for a damaged record, and OSError.
        """
        async with self._records.locked([run_id]):
            return await in_thread(self._propose, run_id, session_id, label, view)

    async def get(self, run_id: str) -> Proposal:
        """Return a run's proposal; raises UnknownRun, as all that follow."""
        return (await self._records.load(run_id)).proposal

    async def change(
        self, run_id: str, editor: Editor, hunks: Sequence[str] | None = None
    ) -> WorkspaceChange:
        """Return what accepting hunks (None: all that are open) would send to the editor now."""
        record = await self._records.seen(run_id, editor)
        texts = ChangeSet(truth([record], editor.buffers))
        chosen = _chosen(record, hunks)
        await in_thread(accept_hunks, record.proposal, chosen, texts)
        return await in_thread(texts.change, record.proposal.label)

    async def accept(
        self,
        run_id: str,
        editor: Editor,
        hunks: Sequence[str] | None = None,
        *,
        confirm: bool = False,
    ) -> AcceptOutcome:
        """Apply hunks (None: all that are open) through the editor, as one change.

        What the user has typed since is kept: hunks are carried over to it or become stale. If the
        user types while the change is under way, it is worked out again for the new text.
        """
        async with self._records.locked([run_id]):
            record = await self._records.settled(run_id, editor)
            chosen = _chosen(record, hunks)
            if not chosen:
                return nothing_to_accept(record, hunks)
            sent = ApplyOutcome(False)
            for _ in range(_ATTEMPTS):
                texts = ChangeSet(truth([record], editor.buffers))
                plan = await in_thread(
                    accept_hunks, record.proposal, chosen, texts, record.next_step
                )
                (record,), sent = await self._records.send(
                    [_accepting(record, plan, texts.effects())],
                    texts,
                    record.proposal.label,
                    editor,
                    confirm=confirm,
                )
                if sent.applied:
                    return accept_outcome(record, chosen, hunks or ())
                judged = confirm and not sent.reason  # the person wanted none of it: not once more
                if judged or not await in_thread(texts.is_outdated):
                    break
            return AcceptOutcome(False, reason=sent.reason or _REFUSED)

    async def reject(self, run_id: str, hunks: Sequence[str] | None = None) -> tuple[str, ...]:
        """Reject hunks (None: all that are open) and return the ids of those that were waiting."""
        async with self._records.locked([run_id]):
            record = await self._records.load(run_id)
            chosen = _chosen(record, hunks)
            rejected = tuple(hunk.id for hunk in record.proposal.hunks if hunk.id in chosen)
            if rejected:
                states: dict[str, HunkState] = dict.fromkeys(rejected, "rejected")
                proposal = await in_thread(record.proposal.with_states, states)
                await in_thread(self._records.checkpoints.save, replace(record, proposal=proposal))
            return rejected

    async def undo(
        self, runs: str | Sequence[str], editor: Editor, meant: Selection = EVERYTHING
    ) -> UndoOutcome:
        """Take back through the editor what was applied of a run, and nothing else.

        Of several runs, in the order that is given, as one change. What the user has changed since
        in the same places is kept and told as a conflict. Taken back once, it is not taken back
        again, but done again by `redo`.
        """
        return await turn(self._records, "undo", _listed(runs), editor, meant)

    async def redo(
        self, runs: str | Sequence[str], editor: Editor, meant: Selection = EVERYTHING
    ) -> UndoOutcome:
        """Do again what `undo` has taken back; as that."""
        return await turn(self._records, "redo", _listed(runs), editor, meant)

    async def changed_runs(
        self, folders: Collection[str], session_id: str | None = None
    ) -> list[ChangedRun]:
        """Return what can be taken back or done again in folders, of one session or of all.

        What changed files last comes first; of a long past only the newest runs.
        """
        return await in_thread(self._changed_runs, folders, session_id)

    async def reconcile(self) -> None:
        """After a start: find out from the files what a dead daemon has applied.

        A change that the files do not show as a whole stays undecided, since an editor may hold it
        not saved yet: it is decided when an editor next accepts or undoes.
        """
        await in_thread(self._records.reconcile)

    async def collect(self, days: float, megabytes: int, spared: Collection[str]) -> int:
        """Forget runs of so many days ago, and the oldest above so many megabytes; not `spared`.

        Returns how many; raises OSError.
        """
        store = self._records.checkpoints
        return await in_thread(store.collect, days, megabytes << 20, spared)

    async def waiting(self, run_id: str) -> str | None:
        """Return the label of a run whose proposal has open hunks, None for any other."""
        try:
            record = await in_thread(self._records.checkpoints.load, run_id, False)
        except WorkspaceError as error:
            log.warning("run %s: %s", run_id, error)
            return None
        return record.proposal.label if record and record.proposal.open_hunks else None

    def outcome(self, run_id: str) -> str:
        """Return a sentence for the model on what became of a run's proposal; empty: nothing."""
        try:
            record = self._records.checkpoints.load(run_id, texts=False)
        except WorkspaceError:
            log.exception("run %s: no outcome", run_id)
            return ""
        return told(record) if record else ""

    def _changed_runs(self, folders: Collection[str], session_id: str | None) -> list[ChangedRun]:
        wanted = set(folders)
        records = (
            record
            for record in self._records.checkpoints.newest()
            if session_id in (None, record.proposal.session_id) and wanted & {*record.folders}
        )
        found = (changed_run(record) for record in records)
        newest = islice((run for run in found if run is not None), _MOST_RUNS)
        return sorted(newest, key=lambda run: run.at, reverse=True)

    def _propose(self, run_id: str, session_id: str, label: str, view: View) -> Proposal | None:
        proposal = view.proposal(run_id, session_id, label)
        record = self._records.checkpoints.load(run_id)
        if record is not None:
            applying, highest = record.applying, record.highest_hunk
            if applying is not None:
                then = continued(proposal, applying.proposal, highest)
                applying = replace(applying, proposal=then)
            proposal = continued(proposal, record.proposal, highest)
            if proposal != record.proposal:
                now = replace(record, proposal=proposal, applying=applying)
                self._records.checkpoints.save(now)
        elif proposal.hunks:
            folders = _folders(view.roots, proposal)
            self._records.checkpoints.save(RunRecord(proposal, folders))
        return proposal if proposal.hunks else None


def _accepting(record: RunRecord, plan: Acceptance, effects: tuple[FileEffect, ...]) -> RunRecord:
    """Return the record that is applying what was planned."""
    applied = (*record.applied, *plan.steps)
    moves = (*record.moves, *moves_of(plan.steps))
    change = (effects, plan.proposal, applied, record.taken_back, moves)
    return replace(record, applying=Sending("accept", time.time(), *change))


def _listed(run_id: str | Sequence[str]) -> Sequence[str]:
    return (run_id,) if isinstance(run_id, str) else run_id


def _folders(roots: Sequence[str], proposal: Proposal) -> tuple[str, ...]:
    """Return the folders to read in: the workspace's, and those that other files are in."""
    places = Confinement(roots)
    paths = [path for file in proposal.files for path in (file.path, file.new_path) if path]
    outside = [p for p in paths if not is_uri(p) and places.root_of(p) is None]
    return tuple(dict.fromkeys((*roots, *map(os.path.dirname, outside))))


def _chosen(record: RunRecord, hunks: Sequence[str] | None) -> set[str]:
    """Return the ids of the hunks that are meant and wait for a verdict."""
    if hunks is None:
        return {hunk.id for hunk in record.proposal.open_hunks}
    waiting = {hunk.id for hunk in record.proposal.hunks if hunk.state in ("open", "stale")}
    return waiting & set(hunks)
