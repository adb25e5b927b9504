"""What a connection decides of proposals: accepted, rejected, taken back, done again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from arriero.agent.changed_runs import ChangedRun
from arriero.agent.editor import Editor
from arriero.agent.proposals import AcceptOutcome, UndoOutcome
from arriero.sessions.events import Applied, EventBody, Rejected, Undone
from arriero.workspace.proposal import Proposal
from arriero.workspace.takeback import EVERYTHING, Selection

if TYPE_CHECKING:
    from arriero.daemon.hub import Hub


class Verdicts(ABC):
    """The part of an attachment that is about proposals; everything raises UnknownRun."""

    editor: Editor
    _hub: Hub

    @property
    @abstractmethod
    def roots(self) -> tuple[str, ...]:
        """The folders of the connection."""

    @abstractmethod
    async def _record(self, run_id: str, body: EventBody) -> None:
        """Store an event of a run that has ended, and show it."""

    async def proposal(self, run_id: str) -> Proposal:
        """Return a run's proposal as it is now."""
        return await self._hub.proposals.get(run_id)

    async def accept(
        self, run_id: str, hunks: Sequence[str] | None, *, confirm: bool = False
    ) -> AcceptOutcome:
        """Apply hunks of a proposal (None: all that are open) through this editor.

        With `confirm` the person looks at them in the editor's own preview first.
        """
        outcome = await self._hub.proposals.accept(run_id, self.editor, hunks, confirm=confirm)
        if outcome.hunks:
            await self._record(run_id, Applied(tuple(outcome.paths), tuple(outcome.hunks)))
        return outcome

    async def reject(self, run_id: str, hunks: Sequence[str] | None) -> list[str]:
        """Reject hunks (None: all that are open) and return their ids."""
        rejected = list(await self._hub.proposals.reject(run_id, hunks))
        if rejected:
            await self._record(run_id, Rejected(tuple(rejected)))
        return rejected

    async def undo(self, runs: str | Sequence[str], meant: Selection = EVERYTHING) -> UndoOutcome:
        """Take back what was applied of runs, in this order, through this editor."""
        outcome = await self._hub.proposals.undo(runs, self.editor, meant)
        for run in outcome.runs:
            if run.paths or run.kept:
                await self._record(run.run_id, Undone(run.paths, run.kept))
        return outcome

    async def redo(self, runs: str | Sequence[str], meant: Selection = EVERYTHING) -> UndoOutcome:
        """Do again what was taken back of runs, in this order, through this editor."""
        outcome = await self._hub.proposals.redo(runs, self.editor, meant)
        for run in outcome.runs:
            if run.paths:
                await self._record(run.run_id, Applied(run.paths, run.hunks))
        return outcome

    async def changed_runs(self, session_id: str | None = None) -> list[ChangedRun]:
        """Return the runs of these folders, or of a session, that changed files, last one first."""
        return await self._hub.proposals.changed_runs(self.roots, session_id)
