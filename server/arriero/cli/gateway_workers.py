"""Several gateways on one address: a parent that listens, and workers that answer.

Each worker is this program once more, with the parent's socket. One that dies is begun anew; when
the parent is gone, all end. They count in one folder, which is the parent's, so that each can tell
what all of them did.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from arriero.cli.gateway import PARENT_VARIABLE, SOCKET_VARIABLE, say_where
from arriero.cli.interrupt import ending_signals
from arriero.cli.metrics_folder import MetricsFolder, metrics_folder
from arriero.gateway.gateway import Start
from arriero.gateway.metrics import FOLDER_VARIABLE, worker_ended
from arriero.gateway.opening import address, check, listen
from arriero.within import within

_PAUSE = 1.0  # seconds before a worker that died is begun anew
_LAST_SECONDS = 15.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Inherited:
    """What a worker has of its parent: two descriptors, and where it counts."""

    listening: int
    parent: int  # the end of a pipe that can be read once the parent is gone
    counts: MetricsFolder


async def supervise(start: Start, workers: int, reload: bool) -> None:
    """Have workers until a signal ends them; with `reload` new ones when the code changes.

    Raises CannotServe.
    """
    own = start.settings.gateway
    check(start)  # what each worker would end of, and be begun anew
    listening = listen(own)
    say_where(address(own, listening), start)
    stopping, changed = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in ending_signals():
        loop.add_signal_handler(number, stopping.set)
    watching = asyncio.create_task(_watch(changed)) if reload else None
    with ExitStack() as stack:
        stack.callback(listening.close)
        ends = os.pipe()
        for end in ends:
            stack.callback(os.close, end)
        inherited = _Inherited(listening.fileno(), ends[0], stack.enter_context(metrics_folder()))
        if watching is not None:
            stack.callback(watching.cancel)
        while not stopping.is_set():
            changed.clear()
            tasks = [asyncio.create_task(_worker(inherited)) for _ in range(max(1, workers))]
            with _ended(tasks):
                await _first(stopping, changed)
            await asyncio.wait(tasks)


async def _worker(inherited: _Inherited) -> None:
    """Keep one worker alive until cancelled."""
    counts = inherited.counts
    environment = {
        **os.environ,
        SOCKET_VARIABLE: str(inherited.listening),
        PARENT_VARIABLE: str(inherited.parent),
        FOLDER_VARIABLE: counts.path,
    }
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "arriero",
            *sys.argv[1:],
            env=environment,
            # With the lock, or the folder would pass for one left behind while a worker counts.
            pass_fds=(inherited.listening, inherited.parent, counts.lock),
            start_new_session=True,  # Ctrl-C is the parent's
        )
        try:
            status = await process.wait()
        finally:
            if process.returncode is None:
                await asyncio.shield(_end(process))
            worker_ended(process.pid, counts.path)
        log.warning("a worker ended with status %s and is begun anew", status)
        await asyncio.sleep(_PAUSE)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await within(process.wait(), _LAST_SECONDS)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()


async def _watch(changed: asyncio.Event) -> None:
    from watchfiles import PythonFilter, awatch

    async for _ in awatch(Path(__file__).parents[1], watch_filter=PythonFilter()):
        log.warning("the code changed: the workers begin anew")
        changed.set()


async def _first(*events: asyncio.Event) -> None:
    """Wait for one of some events."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()


@contextlib.contextmanager
def _ended(tasks: list[asyncio.Task[None]]) -> Iterator[None]:
    """Cancel tasks at the end."""
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
