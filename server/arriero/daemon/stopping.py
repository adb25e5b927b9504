"""The end of everything at once: runs, what is asked of models beside them, background commands.

Processes that share a state folder hear of it through a file there, which is looked at while there
is something to stop: `arriero serve`, servers of one editor, programs with the Python interface.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from arriero.daemon.runs import RunHandle, Runs

log = logging.getLogger(__name__)

_LOOK = 0.25  # seconds between two looks at the file
_PATIENCE = 2.0  # seconds for runs to store their ends, until it is told which have not

FILE_NAME = "stop"


@dataclass(frozen=True)
class Stopped:
    """A run that was told to end, and whether it has."""

    run_id: str
    label: str
    ended: bool


def tell_all(file: Path) -> None:
    """Tell every process that shares the state folder to stop; raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(f"{time.time_ns()}\n", encoding="ascii")
    draft.replace(file)


class Stops:
    """Ends what goes on in this process. `count` grows with each end of everything.

    `others` are called then: they end at once what is no run.
    """

    def __init__(self, file: Path, runs: Runs, others: Callable[[], None]) -> None:
        self.count = 0
        self._file = file
        self._runs = runs
        self._others = others
        self._ends: list[Callable[[], object]] = []
        self._watchers = 0
        self._watching: asyncio.Task[None] | None = None
        self._seen = self._mark()

    async def all(self) -> list[Stopped]:
        """End everything, here and in the other processes; returns when runs have ended, or soon.

        Whatever is asked for later begins as ever.
        """
        handles = self._here()
        try:
            await asyncio.to_thread(tell_all, self._file)
        except OSError as error:
            log.warning("other processes are not told to stop: %s", error)
        self._seen = self._mark()
        return await _ended(handles)

    async def one(self, run_id: str) -> list[Stopped]:
        """End one run of this process; empty if it has none of that id."""
        handle = self._runs.get(run_id)
        return await _ended([handle]) if handle is not None and handle.cancel() else []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Stop what goes on here when another process says so, as long as this lasts."""
        self._watchers += 1
        if self._watching is None:
            self._seen = self._mark()
            self._watching = asyncio.ensure_future(self._watch())
        try:
            yield
        finally:
            self._watchers -= 1
            if self._watchers == 0:
                self._watching.cancel()
                self._watching = None

    @contextmanager
    def ending(self, end: Callable[[], object]) -> Iterator[None]:
        """Call `end` when everything is stopped, here or elsewhere, as long as this lasts."""
        self._ends.append(end)
        try:
            with self.watching():
                yield
        finally:
            self._ends.remove(end)

    def _here(self) -> list[RunHandle]:
        self.count += 1
        handles = [run for run in self._runs.all if run.cancel()]
        self._others()
        for end in list(self._ends):
            end()
        log.info("everything is stopped: %d runs", len(handles))
        return handles

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            mark = self._mark()
            if mark != self._seen:
                self._seen = mark
                self._here()

    def _mark(self) -> int:
        try:
            return self._file.stat().st_mtime_ns
        except OSError:
            return 0


async def _ended(handles: list[RunHandle]) -> list[Stopped]:
    waiting = [asyncio.ensure_future(handle.wait()) for handle in handles]
    if waiting:
        await asyncio.wait(waiting, timeout=_PATIENCE)
    told = [
        Stopped(handle.run_id, handle.label, task.done())
        for handle, task in zip(handles, waiting, strict=True)
    ]
    for task in waiting:
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return told
