"""The daemon's side of the launcher: one launcher process per shadow."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
from pathlib import Path

from arriero.shadow.disk import DiskWatch
from arriero.shadow.launcher.handover import LISTENER, PREPARE
from arriero.shadow.launcher.spec import Spec, encode, ground
from arriero.shadow.ready import Ready, memory
from arriero.shadow.runner import Outcome
from arriero.shadow.running import Running
from arriero.shadow.types import Limits, ShadowError
from arriero.shadow.unbroken import unbroken
from arriero.within import within

log = logging.getLogger(__name__)

_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from launcher.main import main; main(int(sys.argv[2]))"
)
_HERE = os.path.dirname(os.path.abspath(__file__))
_STOP_SECONDS = 5.0
_ANSWER_SECONDS = 5.0
# Processes that wait hold the workspace's file system: not for longer than a model takes to answer.
_READY_SECONDS = 90.0
# Of those without a mount there are as many at once: one for a command that follows at once.
_READY = 2
# All commands together may keep this many times the size of the largest file.
_DISK_FILES = 4


class Launcher:
    """Starts commands through a launcher process, which starts at the first one.

    `folder` holds the launcher's log, and its file system is watched for floods.
    """

    def __init__(self, folder: Path) -> None:
        """Take a folder that exists."""
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._requests: socket.socket | None = None
        self._disk = DiskWatch(folder)
        self._ready: list[Ready] = []
        self._forget: asyncio.TimerHandle | None = None

    async def run(self, spec: Spec, stdin: bytes, limits: Limits) -> Outcome:
        """Run a command to its end; when cancelled, it is gone before this returns.

        Raises ShadowError when it cannot be started.
        """
        running = Running(limits)
        try:
            await self._start_in(running, spec, stdin)
            await running.wait(limits.seconds)
        finally:
            await running.end()
        return running.outcome

    async def start(self, spec: Spec, stdin: bytes, limits: Limits) -> Running:
        """Start a command and return it; who asked must end it. Raises ShadowError."""
        running = Running(limits)
        try:
            await self._start_in(running, spec, stdin)
        except BaseException:
            await running.end()
            raise
        return running

    async def make_ready(self, spec: Spec) -> None:
        """Let processes wait for a command like this one, for a while; best done after one ended.

        What fails here fails again with the command, which tells it.
        """
        wanted = ground(spec)
        if any(ready.ground != wanted for ready in self._ready):
            self._drop_ready()
        with contextlib.suppress(ShadowError, OSError):
            while len(self._ready) < (_READY if wanted.namespaces is None else 1):
                # Not in one line: a launcher that has died is replaced meanwhile, with a new list.
                ready = await self._prepare(wanted)
                self._ready.append(ready)
        if self._forget is not None:
            self._forget.cancel()
        loop = asyncio.get_running_loop()
        self._forget = loop.call_later(_READY_SECONDS, self._drop_ready)

    async def listener(self, spec: Spec) -> socket.socket:
        """Return a socket bound to the loopback interface that commands like this one see.

        Raises ShadowError.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs:
                await self._request(LISTENER, ground(spec), [theirs])
            loop = asyncio.get_running_loop()
            readable: asyncio.Future[None] = loop.create_future()
            loop.add_reader(ours, _resolve, readable)
            try:
                await within(readable, _ANSWER_SECONDS)
            finally:
                loop.remove_reader(ours)
            _, found, _, _ = socket.recv_fds(ours, 1, 1)
            if found:
                return socket.socket(fileno=found[0])
        except (OSError, asyncio.TimeoutError) as error:
            log.warning("no socket inside the shadow: %s", error)
        finally:
            ours.close()
        raise ShadowError(
            "There is no network inside the shadow for a proxy; empty shadow.hosts, or see "
            "`arriero doctor`."
        )

    async def close(self) -> None:
        """End the launcher process; no command runs any more."""
        self._drop_ready()
        process, requests = self._process, self._requests
        self._process = self._requests = None
        if requests is not None:
            requests.close()
        if process is None:
            return
        try:
            await within(process.wait(), _STOP_SECONDS)
        except asyncio.TimeoutError:
            log.warning("the launcher did not end when its socket was closed")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _start_in(self, running: Running, spec: Spec, stdin: bytes) -> None:
        try:
            control, pipe = await self._give(spec, stdin)
        except OSError as error:
            raise ShadowError(
                f"The command could not be handed to the shadow ({error.strerror}); try it again."
            ) from error
        disk = self._disk.exceeded(running.limits.file_bytes * _DISK_FILES)
        await unbroken(running.attach(control, pipe, disk))

    async def _give(self, spec: Spec, stdin: bytes) -> tuple[socket.socket, int]:
        """Give a command to processes that wait for it; return its control socket and output.

        Raises OSError.
        """
        wanted = ground(spec)
        if self._ready and self._ready[0].ground == wanted:
            ready = self._ready.pop(0)
            with ready, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                return ready.give(spec, stdin)
            self._drop_ready()
        if wanted.namespaces is not None:
            # They hold the layers that this command is to have.
            self._drop_ready()
        with await self._prepare(wanted) as ready:
            return ready.give(spec, stdin)

    def _drop_ready(self) -> None:
        if self._forget is not None:
            self._forget.cancel()
        for ready in self._ready:
            ready.close()
        self._ready, self._forget = [], None

    async def _prepare(self, wanted: Spec) -> Ready:
        pairs = [socket.socketpair() for _ in range(2 if wanted.namespaces is None else 3)]
        ready = Ready(wanted, [ours for ours, _ in pairs])
        try:
            await self._request(PREPARE, wanted, [theirs for _, theirs in pairs])
        except BaseException:
            ready.close()
            raise
        finally:
            for _, theirs in pairs:
                theirs.close()
        return ready

    async def _request(self, kind: bytes, wanted: Spec, sockets: list[socket.socket]) -> None:
        described = memory(encode(wanted))
        numbers = [described, *(one.fileno() for one in sockets)]
        try:
            try:
                socket.send_fds(await self._start(), [kind], numbers)
            except (BrokenPipeError, ConnectionResetError):
                # It has died, and its process has not told so yet: nobody has read the request.
                await self.close()
                socket.send_fds(await self._start(), [kind], numbers)
        finally:
            os.close(described)

    async def _start(self) -> socket.socket:
        if self._process is not None and self._process.returncode is None and self._requests:
            return self._requests
        await self.close()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = await self._spawn(theirs.fileno())
            except OSError as error:
                ours.close()
                raise ShadowError(
                    f"The shadow's launcher cannot be started ({error.strerror}); "
                    "check that the Python that runs Arriero is still installed."
                ) from error
        self._requests = ours
        return ours

    async def _spawn(self, descriptor: int) -> asyncio.subprocess.Process:
        kept = ("LD_LIBRARY_PATH", "PYTHONHOME")
        with (self._folder / "launcher.log").open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-S", "-c", _BOOT),
                _HERE,
                str(descriptor),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=(descriptor,),
                # Nothing of the daemon's environment is there to be found.
                env={name: os.environ[name] for name in kept if name in os.environ},
                cwd="/",
                start_new_session=True,
            )


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
