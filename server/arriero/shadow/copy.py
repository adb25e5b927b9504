"""The shadow where there are no namespaces: a copy of the files, within walls."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from arriero.shadow.changes import Ignored, Listing
from arriero.shadow.copies import Copies
from arriero.shadow.folders import SessionFolder
from arriero.shadow.jobs import Jobs, Started
from arriero.shadow.launcher.spec import Spec
from arriero.shadow.placed import Place
from arriero.shadow.result import result_of
from arriero.shadow.runner import Followed, Runner
from arriero.shadow.settling import Settling
from arriero.shadow.turns import Turns
from arriero.shadow.types import Command, CommandResult, ShadowKind
from arriero.shadow.unbroken import unbroken
from arriero.shadow.walls import Walls

log = logging.getLogger(__name__)


class CopyShadow:
    """Runs commands on a copy of the files that are not ignored, within walls."""

    def __init__(
        self,
        roots: Sequence[str],
        folder: SessionFolder,
        runner: Runner,
        walls: Walls,
        *,
        ignored: Ignored,
        listing: Listing,
    ) -> None:
        """`roots` are absolute real paths, none in another; `folder` is this shadow's alone."""
        self._folder = folder
        self._runner = runner
        self._walls = walls
        self._ignored = ignored
        self._listing = listing
        self._roots = tuple(roots)
        self._copies = Copies(roots, folder.path / "copy", ignored=ignored, listing=listing)
        self._settling = Settling()
        self._started = 0
        self._turns = Turns()
        self.jobs = Jobs(self._start_job)

    @property
    def kind(self) -> ShadowKind:
        """Which boundary holds."""
        return self._walls.kind

    @property
    def held(self) -> str:
        """The same as `boundary` in a few words."""
        return self._walls.held

    @property
    def boundary(self) -> str:
        """One line for the user."""
        return self._walls.boundary

    @property
    def confines(self) -> bool:
        """Whether the walls keep commands from secrets and from files outside."""
        return self._walls.confines

    async def run(self, command: Command) -> CommandResult:
        """Run a command to its end; cancelling the awaiting task ends its processes."""
        return await self._turns.take(lambda: self._run(command))

    async def close(self) -> None:
        """End what still runs and remove the copy."""
        await self._turns.close(self._clean_up)

    async def _run(self, command: Command) -> CommandResult:
        await self._settling.over()
        began = time.time_ns()
        spec = await unbroken(asyncio.to_thread(self._prepare, command, self._copies))
        outcome = await self._runner.run(spec, command.stdin, command.limits)
        changes = await unbroken(asyncio.to_thread(self._copies.read_back, command.files, began))
        self._settling.begin(self._settle(spec))
        result = result_of(outcome, changes, self.held)
        return replace(result, output=self._walls.shown(result.output, self._copies))

    async def _settle(self, spec: Spec) -> None:
        """Put the copy right for the next command, which whoever asked need not wait for."""
        try:
            await asyncio.to_thread(self._copies.mend)
        except OSError as error:
            log.warning("the shadow's copy could not be put in order: %s", error)
        await self._runner.make_ready(spec)

    async def _start_job(self, command: Command) -> Started:
        return await self._turns.take(lambda: self._start(command))

    async def _start(self, command: Command) -> Started:
        self._started += 1
        # A copy of its own: commands go on in the other one.
        copies = Copies(
            self._roots,
            self._folder.path / f"job{self._started}",
            ignored=self._ignored,
            listing=self._listing,
        )
        place = Place(
            read=lambda began: copies.read_back(command.files, began),
            remove=copies.remove,
            held=self._walls.held,
            shown=lambda output: self._walls.shown(output, copies),
        )
        return await place.started(self._started_in(copies, command))

    async def _started_in(self, copies: Copies, command: Command) -> Followed:
        spec = await unbroken(asyncio.to_thread(self._prepare, command, copies))
        return await self._runner.start(spec, command.stdin, command.limits)

    async def _clean_up(self) -> None:
        await self._settling.over()
        await self.jobs.close()
        await self._runner.close()
        await asyncio.to_thread(self._folder.remove)

    def _prepare(self, command: Command, copies: Copies) -> Spec:
        copies.sync(command.files)
        return self._walls.spec(command, copies)
