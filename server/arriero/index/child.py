"""The processes of the index, as the daemon sees them: how each is started, heard and ended."""

from __future__ import annotations

import asyncio
import logging
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from arriero.within import within

log = logging.getLogger(__name__)

_END_SECONDS = 2.0


async def start(command: Sequence[str], most_bytes: int) -> Process:
    """Start a process that answers in lines of at most `most_bytes`; raises OSError."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd="/",
        limit=most_bytes,
        start_new_session=True,  # an interrupt from the terminal is for the daemon
    )


@asynccontextmanager
async def attended(process: Process, name: str) -> AsyncIterator[None]:
    """Log what a process complains of under a name, and end it at last."""
    complaints = asyncio.create_task(_log(process, name), name=f"complaints: {name}")
    try:
        yield
    finally:
        await end(process)
        # Its pipes end with the last of its workers: what these say is logged, and no descriptor is
        # left behind. Before Python 3.11 the end of the process itself does not wait for that.
        rest = (complaints, asyncio.create_task(_emptied(process), name=f"rest: {name}"))
        await asyncio.wait(rest, timeout=_END_SECONDS)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


async def end(process: Process) -> None:
    """End a process, which goes by itself when its input ends. May be called again."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        await within(process.wait(), _END_SECONDS)
    except asyncio.TimeoutError:
        process.kill()
        # From Python 3.11 on this waits for its pipes too, which a worker may hold that lives on.
        with suppress(asyncio.TimeoutError):
            await within(process.wait(), _END_SECONDS)
    if process.stdin is not None:  # what it was sent and did not read is of no use any more
        closed = within(process.stdin.wait_closed(), _END_SECONDS)
        await asyncio.gather(closed, return_exceptions=True)


async def _log(process: Process, name: str) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        log.info("%s: %s", name, line.decode("utf-8", "replace").rstrip())


async def _emptied(process: Process) -> None:
    assert process.stdout is not None
    while await process.stdout.read(1 << 16):
        pass
