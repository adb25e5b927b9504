"""The daemon's side of the process of the vectors: started when first asked, again when it ended.

See `server` for what it is asked.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from arriero.index import child
from arriero.within import within

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "arriero.index.meaning")
_LINE = 64 << 20  # bytes of an answer: the texts of a batch, escaped
_PATIENCE = 60.0  # seconds for an answer; a large workspace is looked up in a few

Json = Mapping[str, Any]


class MeaningEnded(Exception):
    """The process ended, or does not answer; what was asked may be asked again."""


class MeaningClient:
    """One for a daemon; all methods belong to the event loop."""

    def __init__(self, cache: Path, command: Sequence[str] = COMMAND) -> None:
        """`cache` is the folder of what can be made again."""
        self._command = (*command, str(cache / "meaning"))
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    async def ask(self, do: str, **fields: Any) -> Json:
        """Return the answer, which may be an `error`; raises `MeaningEnded`."""
        process = await self._started()
        assert process.stdin is not None
        ident = next(self._ids)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[ident] = answer
        try:
            process.stdin.write(json.dumps({"id": ident, "do": do, **fields}).encode() + b"\n")
            await process.stdin.drain()
            return await within(answer, _PATIENCE)
        except (asyncio.TimeoutError, OSError) as error:
            await self._stop()
            raise MeaningEnded from error
        finally:
            self._waiting.pop(ident, None)

    async def leave(self, root: str) -> None:
        """Let go of a workspace."""
        if self._process is not None:
            try:
                await self.ask("close", root=root)
            except MeaningEnded:
                log.debug("the process of the vectors had ended")

    async def aclose(self) -> None:
        """End the process. May be called again."""
        async with self._starting:
            await self._stop()

    async def _started(self) -> Process:
        async with self._starting:
            if self._process is None:
                await self._stop()  # the task of one that ended by itself
                try:
                    process = await child.start(self._command, _LINE)
                except OSError as error:
                    log.warning("the process of the vectors cannot be started: %s", error)
                    raise MeaningEnded from error
                self._process = process
                self._task = asyncio.create_task(self._read(process), name="vectors")
            return self._process

    async def _read(self, process: Process) -> None:
        """Take in answers until the process ends."""
        assert process.stdout is not None
        async with child.attended(process, "vectors"):
            try:
                async for line in process.stdout:
                    self._take_in(line)
            except ValueError:
                log.exception("the process of the vectors answers what cannot be read")
            finally:
                if self._process is process:
                    self._process = None
                for waiting in self._waiting.values():
                    if not waiting.done():
                        waiting.set_exception(MeaningEnded())

    def _take_in(self, line: bytes) -> None:
        answer = json.loads(line)
        waiting = self._waiting.get(answer["id"])
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    async def _stop(self) -> None:
        process, self._process = self._process, None
        task, self._task = self._task, None
        if process is not None:
            await child.end(process)
        if task is not None:  # it ends with the process, and is not cancelled while it sees to that
            await asyncio.wait((task,))
