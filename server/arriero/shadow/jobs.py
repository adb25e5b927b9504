"""Commands that run in the background of a session: servers, watchers, long builds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol

from arriero.shadow.came import came
from arriero.shadow.output import Output
from arriero.shadow.types import Command, CommandResult, ShadowError

log = logging.getLogger(__name__)

MOST_JOBS = 4
Files = Mapping[str, bytes | None]


class Started(Protocol):
    """A command that runs, as its shadow started it."""

    @property
    def output(self) -> Output:
        """What it prints."""

    async def over(self) -> None:
        """Return when it has ended or has passed a limit."""

    async def end(self) -> CommandResult:
        """End all its processes and return what became of it. Raises ShadowError."""


class Job:
    """One command in the background."""

    def __init__(self, number: int, command: Command, started: Started) -> None:
        """`number` is what it is called by."""
        self.number = number
        self.command = command
        self.told = False
        self._started = started
        self._ended = asyncio.Event()
        self._result: CommandResult | None = None
        self._failure: ShadowError | None = None
        self._stopping = asyncio.Event()
        self._watch = asyncio.create_task(self._follow())

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not self._ended.is_set()

    def news(self) -> tuple[str, int]:
        """Return what it has printed since the last time, and the bytes that were left out."""
        return self._started.output.take()

    async def wait(self, seconds: float) -> None:
        """Wait for its end, for a time."""
        await came(self._ended, seconds)

    async def result(self, files: Files) -> CommandResult:
        """End it and return what became of it; `files` are the texts of now.

        A file whose text is another one now than when the job began does not join: what the job
        made of the old one would undo that. Its output is what `news` has not returned. Raises
        ShadowError.
        """
        self._stopping.set()
        await self._ended.wait()
        if self._result is None:
            raise self._failure or ShadowError("The command was ended with its session.")
        result = self._result
        before = self.command.files
        late = [
            write.path
            for write in result.writes
            if before.get(write.path, _AS_ON_DISK) != files.get(write.path, _AS_ON_DISK)
        ]
        return replace(
            result,
            writes=tuple(write for write in result.writes if write.path not in late),
            skipped=(
                *result.skipped,
                *(f"{path} was edited while the job ran; run it again" for path in late),
            ),
        )

    def stop(self) -> None:
        """Ask it to end, without waiting."""
        self._stopping.set()

    async def close(self) -> None:
        """End it and forget what it did."""
        self._stopping.set()
        await asyncio.wait({self._watch})

    async def _follow(self) -> None:
        over = asyncio.create_task(self._started.over())
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({over, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            stop.cancel()
            try:
                self._result = await self._started.end()
            except ShadowError as error:
                self._failure = error
            except Exception:
                log.exception("a job's end failed")
            finally:
                self._ended.set()


_AS_ON_DISK = b"\0as on disk"


class Jobs:
    """The jobs of one session; they end with it."""

    def __init__(self, start: Callable[[Command], Awaitable[Started]]) -> None:
        """`start` runs a command and returns at once; raises ShadowError."""
        self._start = start
        self._jobs: dict[int, Job] = {}
        self._last = 0

    @property
    def running(self) -> list[Job]:
        """Those that have not ended."""
        return [job for job in self._jobs.values() if job.running]

    async def start(self, command: Command) -> Job:
        """Start a command in the background. Raises ShadowError."""
        if len(self.running) >= MOST_JOBS:
            numbers = ", ".join(str(job.number) for job in self.running)
            raise ShadowError(
                f"{MOST_JOBS} commands run in the background already ({numbers}); stop one first."
            )
        started = await self._start(command)
        self._last += 1
        job = Job(self._last, command, started)
        self._jobs[job.number] = job
        return job

    def get(self, number: int) -> Job | None:
        """Return a job that was not taken away."""
        return self._jobs.get(number)

    def untold(self) -> list[Job]:
        """Return the ended ones that nobody was told of; each is returned once."""
        found = [job for job in self._jobs.values() if not job.running and not job.told]
        for job in found:
            job.told = True
        return found

    def forget(self, job: Job) -> None:
        """Take away a job whose result was given."""
        self._jobs.pop(job.number, None)

    def stop(self) -> None:
        """Ask all of them to end, without waiting."""
        for job in self._jobs.values():
            job.stop()

    async def close(self) -> None:
        """End all of them."""
        await asyncio.gather(*(job.close() for job in self._jobs.values()))
        self._jobs.clear()
