"""A job in files of its own, which are read back and removed at its end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from arriero.shadow.changes import Changes
from arriero.shadow.output import Output
from arriero.shadow.result import result_of
from arriero.shadow.runner import Followed
from arriero.shadow.types import CommandResult
from arriero.shadow.unbroken import unbroken

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a job runs. `read` and `remove` block.

    `read` returns what changed since a time in ns since the epoch (raises ShadowError), `remove`
    takes the files from the disk (raises OSError); `held` says which boundary held, `shown`
    returns an output with the user's paths.
    """

    read: Callable[[int], Sequence[Changes]]
    remove: Callable[[], None]
    held: str
    shown: Callable[[str], str] = str

    async def started(self, starting: Awaitable[Followed]) -> PlacedJob:
        """Return the job once it is started; if that fails, nothing of it is left."""
        try:
            return PlacedJob(await starting, self)
        except BaseException:
            await unbroken(self.left())
            raise

    async def left(self) -> None:
        """Remove the files; what cannot be removed goes with the session."""
        try:
            await asyncio.to_thread(self.remove)
        except OSError as error:
            log.warning("a job's files are left until the session ends: %s", error)


class PlacedJob:
    """What `jobs` knows as started."""

    def __init__(self, running: Followed, place: Place) -> None:
        self._running = running
        self._place = place
        self._began = time.time_ns()

    @property
    def output(self) -> Output:
        """What it prints."""
        return self._running.output

    async def over(self) -> None:
        """Return when it has ended or has passed a limit."""
        await self._running.wait(None)

    async def end(self) -> CommandResult:
        """End all its processes and return what became of it. Raises ShadowError."""
        try:
            await self._running.end()
            outcome = self._running.outcome
            changes = await asyncio.to_thread(self._place.read, self._began)
        finally:
            await self._place.left()
        result = result_of(outcome, changes, self._place.held)
        return replace(result, output=self._place.shown(result.output))
