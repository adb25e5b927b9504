"""Ended runs whose proposals still wait for a verdict: an editor that comes later finds them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from arriero.agent.proposals import Proposals
from arriero.sessions.events import Applied, Event, Rejected, RunEnded, Undone
from arriero.sessions.store import SessionStore

log = logging.getLogger(__name__)

_MOST_RUNS = 200  # the newest of a folder; older proposals are found through their session


@dataclass(frozen=True)
class WaitingRun:
    """A run with open hunks, in these folders."""

    run_id: str
    session_id: str
    label: str
    roots: tuple[str, ...]


class Waiting:
    """Knows the runs of the folders that were looked at, and follows what happens to them."""

    def __init__(self, store: SessionStore, proposals: Proposals) -> None:
        self._store = store
        self._proposals = proposals
        self._runs: dict[str, WaitingRun] = {}
        self._looked_at: set[str] = set()

    def among(self, roots: Sequence[str]) -> list[WaitingRun]:
        """Return the waiting runs of these folders, oldest first."""
        wanted = set(roots)
        return [run for run in self._runs.values() if wanted & set(run.roots)]

    async def look(self, roots: Sequence[str]) -> None:
        """Find what earlier daemons left in folders that are opened for the first time."""
        new = [root for root in roots if root not in self._looked_at]
        if not new:
            return
        self._looked_at.update(new)
        found = [
            (run.run_id, session.session_id, session.folders)
            for session in await self._store.sessions(new)
            for run in reversed(session.runs)
            if run.stop_reason is not None
        ]
        for run_id, session_id, folders in reversed(found[:_MOST_RUNS]):
            await self._update(run_id, session_id, folders)

    async def follow(self, event: Event, roots: Sequence[str]) -> None:
        """Note the end of a run, and every verdict on its proposal."""
        if isinstance(event.body, RunEnded | Applied | Rejected | Undone):
            await self._update(event.run_id, event.session_id, tuple(roots))

    async def _update(self, run_id: str, session_id: str, roots: tuple[str, ...]) -> None:
        label = await self._proposals.waiting(run_id)
        if label is None:
            self._runs.pop(run_id, None)
        else:
            self._runs.setdefault(run_id, WaitingRun(run_id, session_id, label, roots))
