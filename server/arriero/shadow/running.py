"""One command that the launcher has been asked to start, until its last process is gone."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Coroutine
from typing import Any

from arriero.shadow.came import came
from arriero.shadow.output import Output
from arriero.shadow.runner import Outcome
from arriero.shadow.types import Ended, Limits, ShadowError
from arriero.shadow.unbroken import unbroken

log = logging.getLogger(__name__)

# How long a killed tree may take to be gone: the kernel frees its memory meanwhile.
_END_SECONDS = 10.0
_START_SECONDS = 60.0
_MOST_REPORT_BYTES = 16384


class Control(asyncio.Protocol):
    """The daemon's end of a control socket; see `launcher.report` for the lines."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.gone = asyncio.Event()
        self.lines: list[str] = []
        self._bytes = bytearray()

    def data_received(self, data: bytes) -> None:
        """Take a piece of the report."""
        self._bytes += data[: _MOST_REPORT_BYTES - len(self._bytes)]
        self.lines = self._bytes.decode(errors="replace").split("\n")[:-1]
        if self.lines:
            self.begun.set()
        if self.lines[-1:] == ["gone"]:
            self.gone.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's shape
        """Every process of the command is gone, its supervisor last."""
        self.begun.set()
        self.gone.set()

    def told(self, word: str) -> str | None:
        """Return what followed a word at the beginning of a line."""
        for line in self.lines:
            first, _, rest = line.partition(" ")
            if first == word:
                return rest
        return None


class Running:
    """Follows one command. `attach`, then `wait` or `over`, then always `end`."""

    def __init__(self, limits: Limits) -> None:
        """`limits` are those of the command."""
        self.limits = limits
        self.output = Output(limits.output_bytes)
        self._control = Control()
        self._stopped: Ended | None = None
        self._transports: list[asyncio.BaseTransport] = []
        self._writing: asyncio.WriteTransport | None = None
        self._full: asyncio.Task[None] | None = None
        self._began = time.monotonic()
        self._seconds = 0.0

    async def attach(
        self, control: socket.socket, pipe: int, disk: Coroutine[Any, Any, None]
    ) -> None:
        """Take over both ends, closed by `end`, and a watch that returns when the disk is full."""
        loop = asyncio.get_running_loop()
        self._full = loop.create_task(disk)
        file = os.fdopen(pipe, "rb", buffering=0)
        self._writing, _ = await loop.create_connection(lambda: self._control, sock=control)
        self._transports.append(self._writing)
        reading, _ = await loop.connect_read_pipe(lambda: self.output, file)
        self._transports.append(reading)

    async def wait(self, seconds: float | None) -> None:
        """Return when the command is over, or its time or the disk's space.

        Its time begins when it is started: what makes its place ready is not its fault.
        """
        assert self._full is not None
        if not await came(self._control.begun, _START_SECONDS):
            log.warning("a command has not started within %d s", _START_SECONDS)
            self._stopped = "timeout"
            return
        self._began = time.monotonic()
        gone = asyncio.create_task(self._control.gone.wait())
        try:
            first = asyncio.FIRST_COMPLETED
            done, _ = await asyncio.wait({gone, self._full}, timeout=seconds, return_when=first)
        finally:
            gone.cancel()
        if gone not in done:
            self._stopped = "disk" if self._full in done else "timeout"

    async def end(self) -> None:
        """End every process and return when none is left, also if the caller is cancelled."""
        await unbroken(self._end())

    @property
    def ended(self) -> Ended:
        """Why it is over."""
        over = self._control.told("over")
        if over is not None:
            return "memory" if over == "memory" else "processes"
        if self._stopped is not None and self._control.told("exited") is None:
            return self._stopped
        return "exited"

    @property
    def exit_code(self) -> int | None:
        """The command's own exit code; None when it was ended.

        Raises ShadowError when it could not be started or its supervisor is lost.
        """
        code = self._control.told("exited")
        if code is not None:
            return int(code)
        if self.ended != "exited":
            return None
        failure = self._control.told("failed")
        if failure is not None:
            raise ShadowError(
                f"The command could not be started in the shadow ({failure}). "
                "`arriero doctor` says what this machine allows."
            )
        raise ShadowError(
            "The command was killed together with what supervises it, probably because memory is "
            "short. Run it again with less to do."
        )

    @property
    def outcome(self) -> Outcome:
        """What became of it, once it has ended. Raises ShadowError as `exit_code` does."""
        return Outcome(
            exit_code=self.exit_code,
            ended=self.ended,
            output=self.output.text(),
            output_cut=self.output.cut,
            seconds=self._seconds,
        )

    async def _end(self) -> None:
        if self._full is not None:
            self._full.cancel()
        if self._writing is None:
            return
        if not self._control.gone.is_set():
            self._stopped = self._stopped or "cancelled"
            self._writing.write_eof()
            await _bounded(self._control.gone, "a command's processes did not end")
        await _bounded(self.output.ended, "a command's output stayed open")
        for transport in self._transports:
            transport.close()
        self._seconds = self._seconds or time.monotonic() - self._began


async def _bounded(event: asyncio.Event, complaint: str) -> None:
    if not await came(event, _END_SECONDS):
        log.warning("%s within %d s", complaint, _END_SECONDS)
