"""Running a command without the launcher: where there is no Linux.

A new session and process group are all that holds it together: a process that starts a session of
its own is not ended with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import time

from arriero.shadow.launcher.spec import Spec
from arriero.shadow.output import Output
from arriero.shadow.runner import Followed, Outcome
from arriero.shadow.types import Ended, Limits, ShadowError
from arriero.shadow.unbroken import unbroken
from arriero.within import within

# sh counts files in blocks of 512 bytes.
_LIMITED = ("/bin/sh", "-c", 'ulimit -c 0; ulimit -f "$1"; shift; exec "$@"', "sh")
_BLOCK = 512
_LEFT_OVER_SECONDS = 1.0


class PlainRunner:
    """Runs commands as ordinary child processes; what `Launcher` does on Linux."""

    async def run(self, spec: Spec, stdin: bytes, limits: Limits) -> Outcome:
        """Run a command to its end; cancelling kills its process group. Raises ShadowError."""
        child = _Child(limits)
        try:
            await unbroken(child.start(spec, stdin))
            await child.wait(limits.seconds)
        finally:
            await child.end()
        return child.outcome

    async def start(self, spec: Spec, stdin: bytes, limits: Limits) -> Followed:
        """Start a command; who asked must end it. Raises ShadowError."""
        child = _Child(limits)
        try:
            await unbroken(child.start(spec, stdin))
        except BaseException:
            await child.end()
            raise
        return child

    async def make_ready(self, spec: Spec) -> None:
        """There is nothing to get ready."""

    async def close(self) -> None:
        """Nothing stays between commands."""


class _Child:
    def __init__(self, limits: Limits) -> None:
        self.output = Output(limits.output_bytes)
        self._ended: Ended = "exited"
        self._began = time.monotonic()
        self._seconds = 0.0
        self._process: asyncio.subprocess.Process | None = None
        self._pipe: asyncio.ReadTransport | None = None

    async def start(self, spec: Spec, stdin: bytes) -> None:
        read_end, write_end = os.pipe()
        file = os.fdopen(read_end, "rb", buffering=0)
        loop = asyncio.get_running_loop()
        try:
            self._pipe, _ = await loop.connect_read_pipe(lambda: self.output, file)
            with tempfile.TemporaryFile() as source:
                source.write(stdin)
                source.seek(0)
                self._process = await asyncio.create_subprocess_exec(
                    *(*_LIMITED, str(spec.bounds.file_size // _BLOCK), *spec.argv),
                    stdin=source,
                    stdout=write_end,
                    stderr=write_end,
                    cwd=spec.cwd,
                    env=dict(spec.environment),
                    start_new_session=True,
                )
        except OSError as error:
            raise ShadowError(
                f"The command cannot be started ({error.strerror}: {error.filename}); "
                "check the folder that it is to run in."
            ) from error
        finally:
            os.close(write_end)

    @property
    def outcome(self) -> Outcome:
        process = self._process
        assert process is not None
        return Outcome(
            exit_code=process.returncode if self._ended == "exited" else None,
            ended=self._ended,
            output=self.output.text(),
            output_cut=self.output.cut,
            seconds=self._seconds,
        )

    async def wait(self, seconds: float | None) -> None:
        assert self._process is not None
        try:
            await within(self._process.wait(), seconds)
        except asyncio.TimeoutError:
            self._ended = "timeout"

    async def end(self) -> None:
        await unbroken(self._end())

    async def _end(self) -> None:
        if self._process is not None:
            if self._process.returncode is None and self._ended == "exited":
                self._ended = "cancelled"
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        with contextlib.suppress(asyncio.TimeoutError):
            # Whoever left the group may hold the pipe open: what it says later is not waited for.
            await within(self.output.ended.wait(), _LEFT_OVER_SECONDS)
        if self._pipe is not None:
            self._pipe.close()
        self._seconds = self._seconds or time.monotonic() - self._began
