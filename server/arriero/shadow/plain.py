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
from arriero.shadow.runner import Outcome
from arriero.shadow.types import Ended, Limits, ShadowError
from arriero.shadow.unbroken import unbroken

# sh counts files in blocks of 512 bytes.
_LIMITED = ("/bin/sh", "-c", 'ulimit -c 0; ulimit -f "$1"; shift; exec "$@"', "sh")
_BLOCK = 512
_LEFT_OVER_SECONDS = 1.0


class PlainRunner:
    """Runs commands as ordinary child processes; what `Launcher` does on Linux."""

    async def run(self, spec: Spec, stdin: bytes, limits: Limits) -> Outcome:
        """Run a command to its end; cancelling kills its process group. Raises ShadowError."""
        started = time.monotonic()
        child = _Child(Output(limits.output_bytes))
        ended: Ended = "exited"
        try:
            process = await unbroken(child.start(spec, stdin))
            await asyncio.wait_for(process.wait(), limits.seconds)
        except asyncio.TimeoutError:
            ended = "timeout"
        finally:
            await unbroken(child.end())
        return Outcome(
            exit_code=process.returncode if ended == "exited" else None,
            ended=ended,
            output=child.output.text(),
            output_cut=child.output.cut,
            seconds=time.monotonic() - started,
        )

    async def close(self) -> None:
        """Nothing stays between commands."""


class _Child:
    def __init__(self, output: Output) -> None:
        self.output = output
        self._process: asyncio.subprocess.Process | None = None
        self._pipe: asyncio.ReadTransport | None = None

    async def start(self, spec: Spec, stdin: bytes) -> asyncio.subprocess.Process:
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
        return self._process

    async def end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        with contextlib.suppress(asyncio.TimeoutError):
            # Whoever left the group may hold the pipe open: what it says later is not waited for.
            await asyncio.wait_for(self.output.ended.wait(), _LEFT_OVER_SECONDS)
        if self._pipe is not None:
            self._pipe.close()
