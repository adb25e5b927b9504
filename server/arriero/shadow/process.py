"""The daemon's side of the launcher: one launcher process per shadow, one command at a time."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import socket
import sys
import time
from pathlib import Path

from arriero.shadow.disk import DiskWatch
from arriero.shadow.launcher.spec import Spec, encode
from arriero.shadow.runner import Outcome
from arriero.shadow.running import Running
from arriero.shadow.types import Limits, ShadowError
from arriero.shadow.unbroken import unbroken

log = logging.getLogger(__name__)

_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from launcher.main import main; main(int(sys.argv[2]))"
)
_HERE = os.path.dirname(os.path.abspath(__file__))
_PIPE_BYTES = 1 << 20
_STOP_SECONDS = 5.0
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

    async def run(self, spec: Spec, stdin: bytes, limits: Limits) -> Outcome:
        """Run a command to its end; when cancelled, it is gone before this returns.

        Raises ShadowError when it cannot be started.
        """
        started = time.monotonic()
        running = Running(limits.output_bytes)
        control, pipe = await self._ask(spec, stdin)
        try:
            await unbroken(running.attach(control, pipe))
            await running.wait(limits.seconds, self._disk.exceeded(limits.file_bytes * _DISK_FILES))
        finally:
            await running.end()
        return Outcome(
            exit_code=running.exit_code,
            ended=running.ended,
            output=running.output.text(),
            output_cut=running.output.cut,
            seconds=time.monotonic() - started,
        )

    async def close(self) -> None:
        """End the launcher process; no command runs any more."""
        process, requests = self._process, self._requests
        self._process = self._requests = None
        if requests is not None:
            requests.close()
        if process is None:
            return
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except asyncio.TimeoutError:
            log.warning("the launcher did not end when its socket was closed")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _ask(self, spec: Spec, stdin: bytes) -> tuple[socket.socket, int]:
        try:
            try:
                return _send(await self._start(), spec, stdin)
            except (BrokenPipeError, ConnectionResetError):
                # It has died, and its process has not told so yet: nobody has read the request.
                await self.close()
                return _send(await self._start(), spec, stdin)
        except OSError as error:
            raise ShadowError(
                f"The command could not be handed to the shadow ({error.strerror}); try it again."
            ) from error

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


def _send(requests: socket.socket, spec: Spec, stdin: bytes) -> tuple[socket.socket, int]:
    """Ask for a command; return our ends of its control socket and of its output.

    Raises OSError.
    """
    read_end, write_end = os.pipe()
    ours, theirs = socket.socketpair()
    with contextlib.ExitStack() as theirs_alone:
        theirs_alone.callback(os.close, write_end)
        theirs_alone.enter_context(theirs)
        try:
            _enlarge(read_end)
            descriptors = [_memory(encode(spec)), _memory(stdin)]
            for descriptor in descriptors:
                theirs_alone.callback(os.close, descriptor)
            socket.send_fds(requests, [b"1"], [*descriptors, write_end, theirs.fileno()])
        except OSError:
            os.close(read_end)
            ours.close()
            raise
    ours.setblocking(False)
    return ours, read_end


def _memory(data: bytes) -> int:
    """Return a descriptor that data can be read from."""
    if not data:
        return os.open(os.devnull, os.O_RDONLY)
    descriptor = os.memfd_create("arriero")
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _enlarge(pipe: int) -> None:
    # Past the user's share of pipe memory it stays small: only slower.
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
