"""Proposals on their way to the user's files: kept, accepted, rejected, taken back.

A change is sent to the editor for exactly the texts that it was worked out for. It is on disk as
"applying" before it is sent, so that after a crash the user's texts tell whether it was applied:
no accepted edit is lost, and none is made twice.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

from arriero.agent.blocking import in_thread
from arriero.agent.editor import ApplyOutcome, Editor
from arriero.agent.outcomes import (
    AcceptOutcome,
    UndoOutcome,
    accept_outcome,
    nothing_to_accept,
    told,
    undo_outcome,
)
from arriero.workspace.acceptance import accept_hunks
from arriero.workspace.buffers import Buffers, NoBuffers
from arriero.workspace.changes import WorkspaceChange
from arriero.workspace.changeset import ChangeSet, FileEffect
from arriero.workspace.checkpoints import Checkpoint, Checkpoints, RunRecord
from arriero.workspace.confine import Confinement
from arriero.workspace.continuation import continued
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.proposal import HunkState, Proposal
from arriero.workspace.settlement import finish, is_applied, settle
from arriero.workspace.takeback import take_back
from arriero.workspace.uris import is_uri
from arriero.workspace.usertexts import UserTexts

__all__ = ["AcceptOutcome", "Proposals", "UndoOutcome", "UnknownRun"]

log = logging.getLogger(__name__)

_ATTEMPTS = 3  # to apply a change while the user types
_KEPT_SECONDS = 90 * 24 * 3600.0  # for which a run can be taken back
_REFUSED = "The editor did not take the change; nothing was changed."


class UnknownRun(Exception):
    """There is no proposal of such a run, or it cannot be read; the sentence says which."""


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
        self._checkpoints = Checkpoints(folder)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def propose(
        self, run_id: str, session_id: str, label: str, view: View
    ) -> Proposal | None:
        """Store what a run proposes by now and return it; None if it never proposed anything.

        Raises WorkspaceError from the view or for a damaged record, and OSError.
        """
        async with self._lock(run_id):
            return await in_thread(self._propose, run_id, session_id, label, view)

    async def get(self, run_id: str) -> Proposal:
        """Return a run's proposal; raises UnknownRun, as all that follow."""
        return (await self._load(run_id)).proposal

    async def change(
        self, run_id: str, editor: Editor, hunks: Sequence[str] | None = None
    ) -> WorkspaceChange:
        """Return what accepting hunks (None: all that are open) would send to the editor now."""
        async with self._lock(run_id):
            record = await self._settled(run_id, editor)
        texts = _texts(record, editor.buffers)
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
        async with self._lock(run_id):
            record = await self._settled(run_id, editor)
            chosen = _chosen(record, hunks)
            if not chosen:
                return nothing_to_accept(record, hunks)
            sent = ApplyOutcome(False)
            for _ in range(_ATTEMPTS):
                texts = _texts(record, editor.buffers)
                plan = await in_thread(accept_hunks, record.proposal, chosen, texts)
                change = Checkpoint("accept", time.time(), texts.effects())
                sending = replace(record, applying=change, then=plan.proposal)
                record, sent = await self._send(sending, texts, editor, confirm=confirm)
                if sent.applied:
                    return accept_outcome(record, chosen, hunks or ())
                if not await in_thread(texts.is_outdated):
                    break
            return AcceptOutcome(False, reason=sent.reason or _REFUSED)

    async def reject(self, run_id: str, hunks: Sequence[str] | None = None) -> tuple[str, ...]:
        """Reject hunks (None: all that are open) and return the ids of those that were waiting."""
        async with self._lock(run_id):
            record = await self._load(run_id)
            chosen = _chosen(record, hunks)
            rejected = tuple(hunk.id for hunk in record.proposal.hunks if hunk.id in chosen)
            if rejected:
                states: dict[str, HunkState] = dict.fromkeys(rejected, "rejected")
                proposal = await in_thread(record.proposal.with_states, states)
                await in_thread(self._checkpoints.save, replace(record, proposal=proposal))
            return rejected

    async def undo(self, run_id: str, editor: Editor) -> UndoOutcome:
        """Take back through the editor what was applied of a run, and nothing else.

        What the user has changed since in the same places is kept. Taken back once, it is not taken
        back again.
        """
        async with self._lock(run_id):
            record = await self._settled(run_id, editor)
            if not _left(record):
                return UndoOutcome(False, reason="Nothing of this run is left to take back.")
            sent = ApplyOutcome(False)
            undone: list[FileEffect] = []
            for _ in range(_ATTEMPTS):
                texts = _texts(record, editor.buffers)
                kept = await in_thread(take_back, _left(record), texts)
                change = Checkpoint("undo", time.time(), texts.effects(), kept)
                then = await in_thread(_taken_back, record.proposal, kept)
                sending = replace(record, applying=change, then=then)
                record, sent = await self._send(sending, texts, editor, confirm=False)
                # An editor that refused may show a part of it: the user did that by himself.
                left = {effect.new_path or effect.path for effect in _left(record)} - {*kept}
                if sent.applied:
                    undone += [one for one in change.effects if not {one.path, one.new_path} & left]
                    if not left:
                        return undo_outcome(record, undone, kept)
                elif not await in_thread(texts.is_outdated):
                    break
            return UndoOutcome(False, reason=sent.reason or _REFUSED)

    async def reconcile(self) -> None:
        """After a start: find out from the files what a dead daemon has applied.

        A change that the files do not show as a whole stays undecided, since an editor may hold it
        not saved yet: it is decided when an editor next accepts or undoes. Forgets old runs.
        """
        await in_thread(self._reconcile)

    async def waiting(self, run_id: str) -> str | None:
        """Return the label of a run whose proposal has open hunks, None for any other."""
        try:
            record = await in_thread(self._checkpoints.load, run_id, False)
        except WorkspaceError as error:
            log.warning("run %s: %s", run_id, error)
            return None
        return record.proposal.label if record and record.proposal.open_hunks else None

    def outcome(self, run_id: str) -> str:
        """Return a sentence for the model on what became of a run's proposal; empty: nothing."""
        try:
            record = self._checkpoints.load(run_id, texts=False)
        except WorkspaceError:
            log.exception("run %s: no outcome", run_id)
            return ""
        return told(record) if record else ""

    def _propose(self, run_id: str, session_id: str, label: str, view: View) -> Proposal | None:
        proposal = view.proposal(run_id, session_id, label)
        record = self._checkpoints.load(run_id)
        if record is not None:
            then = continued(proposal, record.then) if record.then else None
            proposal = continued(proposal, record.proposal)
            if proposal != record.proposal:
                self._checkpoints.save(replace(record, proposal=proposal, then=then))
        elif proposal.hunks:
            folders = _folders(view.roots, proposal)
            self._checkpoints.save(RunRecord(proposal, folders))
        return proposal if proposal.hunks else None

    def _reconcile(self) -> None:
        for run_id in self._checkpoints.pending():
            try:
                record = self._checkpoints.load(run_id)
                if record is not None and is_applied(record, _truth(record, NoBuffers())):
                    self._checkpoints.save(finish(record))
            except (WorkspaceError, OSError):
                log.exception("run %s could not be reconciled", run_id)
        try:
            self._checkpoints.prune(time.time() - _KEPT_SECONDS)
        except OSError:
            log.exception("old runs could not be forgotten")

    def _lock(self, run_id: str) -> asyncio.Lock:
        return self._locks.setdefault(run_id, asyncio.Lock())

    async def _load(self, run_id: str) -> RunRecord:
        try:
            record = await in_thread(self._checkpoints.load, run_id)
        except WorkspaceError as error:
            raise UnknownRun(str(error)) from error
        if record is None:
            raise UnknownRun(f"There is no proposal of a run '{run_id}'.")
        return record

    async def _settled(self, run_id: str, editor: Editor) -> RunRecord:
        """Return the record after it is decided, by the user's texts, what has been applied."""
        record = await self._load(run_id)
        if record.applying is None:
            return record
        settled = await in_thread(settle, record, _truth(record, editor.buffers))
        await in_thread(self._checkpoints.save, settled)
        return settled

    async def _send(
        self, record: RunRecord, texts: ChangeSet, editor: Editor, *, confirm: bool
    ) -> tuple[RunRecord, ApplyOutcome]:
        """Apply `record.applying`; return the record as it then is, and whether it was applied."""
        outcome = ApplyOutcome(True)
        if record.applying is not None and record.applying.effects:
            change = await in_thread(texts.change, record.proposal.label)
            await in_thread(self._checkpoints.save, record)
            outcome = await editor.apply(change, confirm=confirm)
        if outcome.applied:
            settled = finish(record)
        else:  # an editor that is gone may have applied it all the same
            settled = await in_thread(settle, record, _truth(record, editor.buffers))
            outcome = replace(outcome, applied=settled.applied != record.applied)
        await in_thread(self._checkpoints.save, settled)
        return settled, outcome


def _left(record: RunRecord) -> list[FileEffect]:
    """Return what of a run may be taken back, the last first."""
    return [effect for one in reversed(record.applied) for effect in reversed(one.effects)]


def _truth(record: RunRecord, buffers: Buffers) -> UserTexts:
    return UserTexts(Confinement(record.folders), buffers)


def _texts(record: RunRecord, buffers: Buffers) -> ChangeSet:
    return ChangeSet(_truth(record, buffers))


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


def _taken_back(proposal: Proposal, kept: Sequence[str]) -> Proposal:
    """Return the proposal after an undo: what was accepted is rejected, but for the kept files."""
    gone = [h.id for h in proposal.hunks if h.state == "accepted" and h.path not in kept]
    return proposal.with_states(dict.fromkeys(gone, "rejected"))
