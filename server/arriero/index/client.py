"""The daemon's side of the indexer process: started with the first workspace, ended with the last,
and started again whatever ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from arriero.index import child
from arriero.index.status import IndexStatus
from arriero.index.workspace import WorkspaceIndex

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "arriero.index.indexer")
_LINE = 1 << 20  # bytes of a report
_FIRST_DELAY, _LAST_DELAY = 0.2, 30.0  # seconds between starts, doubled each time
_CALM = 60.0  # seconds after which the first delay counts again
LINGER_SECONDS = 30.0
"""How long the process waits for a workspace when the last one was left: the next may come soon."""


class IndexClient:
    """The indexes of all workspaces of one daemon; all methods belong to the event loop."""

    def __init__(
        self,
        cache: Path,
        *,
        tell: Callable[[IndexStatus], None] | None = None,
        options: dict[str, int] | None = None,
        command: Sequence[str] = COMMAND,
        linger: float = LINGER_SECONDS,
    ) -> None:
        """`cache` is the folder of what can be made again, `tell` is called with each report.

        `options` are those of `indexer.work.Options`. The process ends when for `linger` seconds
        there was no workspace.
        """
        self._cache = cache
        self._tell = tell
        self._options = options or {}
        self._command = tuple(command)
        self._indexes: dict[str, WorkspaceIndex] = {}
        self._process: Process | None = None
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._paused = False
        self._hung_up = False
        self._linger = linger
        self._ending: asyncio.TimerHandle | None = None

    def open(self, root: str, exclude: Sequence[str] = ()) -> WorkspaceIndex:
        """Return the index of a workspace, by its canonical folder, and keep it up to date.

        `exclude` are patterns, as in an ignore file, of what is left out.
        """
        self._stay()
        index = self._indexes.get(root)
        if index is None:
            index = WorkspaceIndex(root, self._cache, self._send, exclude)
            index.reader.doubted = self._checking(index)
            self._indexes[root] = index
            index.reopen(self._options)
        self._wanted.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="indexer")
        return index

    def leave(self, root: str) -> None:
        """Keep a workspace's index no more up to date; what is there stays."""
        index = self._indexes.pop(root, None)
        if index is not None:
            index.close()
        if not self._indexes:
            self._stay()
            self._ending = asyncio.get_running_loop().call_later(self._linger, self._hang_up)

    def pause(self) -> None:
        """Leave the processor to something else; what the user changes is indexed all the same."""
        self._paused = True
        self._send({"do": "pause"})

    def resume(self) -> None:
        """Go on."""
        self._paused = False
        self._send({"do": "resume"})

    async def close(self) -> None:
        """End the process and let go of all indexes. May be called again."""
        for root in list(self._indexes):
            self.leave(root)
        self._stay()
        self._hang_up()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        delay = _FIRST_DELAY
        while True:
            await self._wanted.wait()
            began = time.monotonic()
            self._hung_up = False
            try:
                await self._serve()
            except OSError as error:
                log.warning("the indexer cannot be started: %s", error)
            if not self._indexes:
                self._wanted.clear()
            elif not self._hung_up:
                delay = _FIRST_DELAY if time.monotonic() - began > _CALM else delay
                log.warning("the indexer ended; it is started again in %.1f s", delay)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LAST_DELAY)

    async def _serve(self) -> None:
        """Start a process and take in its reports until it ends."""
        process = await child.start(self._command, _LINE)
        async with child.attended(process, "indexer"):
            self._process = process
            try:
                for index in self._indexes.values():
                    index.reopen(self._options)
                if self._paused:
                    self.pause()
                if not self._wanted.is_set():  # left while it was started
                    self._hang_up()
                assert process.stdout is not None
                async for line in process.stdout:
                    self._take_in(line)
            finally:
                self._process = None

    def _take_in(self, line: bytes) -> None:
        status = IndexStatus(**json.loads(line))
        index = self._indexes.get(status.root)
        if index is not None and status.opening == index.opening:  # not of one that was left
            index.take_in(status)
            if self._tell is not None:
                self._tell(status)

    def _checking(self, index: WorkspaceIndex) -> Callable[[], None]:
        """Return what has an index checked, from whichever thread reads it."""
        loop = asyncio.get_running_loop()

        def check() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and all that is checked
                loop.call_soon_threadsafe(index.check)

        return check

    def _send(self, order: dict[str, Any]) -> None:
        """Give an order; what is dropped for want of a process is made up for by `reopen`."""
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(json.dumps(order).encode() + b"\n")

    def _stay(self) -> None:
        """Do not end, though it was said."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _hang_up(self) -> None:
        self._wanted.clear()
        if self._process is not None and self._process.stdin is not None:
            self._hung_up = True
            self._process.stdin.close()
