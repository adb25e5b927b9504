"""The records of runs while they are worked with: read, settled, sent, kept on disk.

A change is on disk as "applying" before it is sent, so that after a crash the user's texts tell
whether it was applied: no accepted edit is lost, and none is made twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from arriero.agent.blocking import in_thread
from arriero.agent.editor import ApplyOutcome, Editor
from arriero.workspace.buffers import Buffers, NoBuffers
from arriero.workspace.changeset import ChangeSet
from arriero.workspace.checkpoints import Checkpoints
from arriero.workspace.confine import Confinement
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.runrecord import RunRecord
from arriero.workspace.settlement import finish, is_applied, settle
from arriero.workspace.usertexts import UserTexts

log = logging.getLogger(__name__)


class UnknownRun(Exception):
    """There is no proposal of such a run, or it cannot be read; the sentence says which."""


class Records:
    """All runs' records. Who changes one holds its lock."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the records, which need not be there yet."""
        self.checkpoints = Checkpoints(folder)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def locked(self, run_ids: Iterable[str]) -> AsyncIterator[None]:
        """Wait until nobody else changes these records, and keep it so."""
        async with contextlib.AsyncExitStack() as stack:
            for run_id in sorted(
                set(run_ids)
            ):  # always in one order, so that nobody waits for ever
                lock = self._locks.setdefault(run_id, asyncio.Lock())
                await stack.enter_async_context(lock)
            yield

    async def load(self, run_id: str) -> RunRecord:
        """Return a run's record; raises UnknownRun."""
        try:
            record = await in_thread(self.checkpoints.load, run_id)
        except WorkspaceError as error:
            raise UnknownRun(str(error)) from error
        if record is None:
            raise UnknownRun(f"There is no proposal of a run '{run_id}'.")
        return record

    async def settled(self, run_id: str, editor: Editor) -> RunRecord:
        """Return the record after it is decided, by the user's texts, what has been applied."""
        record = await self.load(run_id)
        if record.applying is None:
            return record
        settled = await in_thread(settle, record, truth([record], editor.buffers))
        await in_thread(self.checkpoints.save, settled)
        return settled

    async def seen(self, run_id: str, editor: Editor) -> RunRecord:
        """Return the record for who only looks: settled, or as it is while somebody changes it.

        That may take an hour: a person looks at an editor's preview meanwhile.
        """
        lock = self._locks.get(run_id)
        if lock is not None and lock.locked():
            return await self.load(run_id)
        async with self.locked([run_id]):
            return await self.settled(run_id, editor)

    async def save(self, record: RunRecord) -> None:
        """Write a record; raises OSError."""
        await in_thread(self.checkpoints.save, record)

    async def send(
        self,
        records: Sequence[RunRecord],
        texts: ChangeSet,
        label: str,
        editor: Editor,
        *,
        confirm: bool = False,
    ) -> tuple[list[RunRecord], ApplyOutcome]:
        """Apply what all these records are applying: `texts`, as one change.

        Returns the records as they then are, and whether it was applied, perhaps in part: with
        `confirm` the person may have left out some of it, which only the texts tell.
        """
        outcome = ApplyOutcome(True)
        sent = bool(texts.effects())
        if sent:
            change = await in_thread(texts.change, label)
            for record in records:
                await self.save(record)
            outcome = await editor.apply(change, confirm=confirm)
        if outcome.applied and not (confirm and sent):
            settled = [finish(record) for record in records]
        else:  # an editor that is gone may have applied it all the same
            now = truth(records, editor.buffers)
            settled = [await in_thread(settle, record, now) for record in records]
            pairs = zip(records, settled, strict=True)
            outcome = replace(outcome, applied=any(_differ(was, now) for was, now in pairs))
        for record in settled:
            await self.save(record)
        return settled, outcome

    def reconcile(self) -> None:
        """Note what the files show to have been applied by a daemon that is dead; blocks."""
        for run_id in self.checkpoints.pending():
            try:
                record = self.checkpoints.load(run_id)
                if record is not None and is_applied(record, truth([record], NoBuffers())):
                    self.checkpoints.save(finish(record))
            except (WorkspaceError, OSError):
                log.exception("run %s could not be reconciled", run_id)


def truth(records: Iterable[RunRecord], buffers: Buffers) -> UserTexts:
    """Return what the user has where these records have changed something."""
    folders = dict.fromkeys(folder for record in records for folder in record.folders)
    return UserTexts(Confinement(tuple(folders)), buffers)


def _differ(was: RunRecord, now: RunRecord) -> bool:
    return (was.applied, was.taken_back) != (now.applied, now.taken_back)
