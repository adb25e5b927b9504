"""One command that the launcher has been asked to start, until its last process is gone."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Coroutine
from typing import Any

from arriero.shadow.output import Output
from arriero.shadow.types import Ended, ShadowError
from arriero.shadow.unbroken import unbroken

log = logging.getLogger(__name__)

# How long a killed tree may take to be gone: the kernel frees its memory meanwhile.
_END_SECONDS = 10.0
_MOST_REPORT_BYTES = 16384


class Control(asyncio.Protocol):
    """The daemon's end of a control socket; see `launcher.report` for the lines."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.lines: list[str] = []
        self._bytes = bytearray()

    def data_received(self, data: bytes) -> None:
        """Take a piece of the report."""
        self._bytes += data[: _MOST_REPORT_BYTES - len(self._bytes)]
        self.lines = self._bytes.decode(errors="replace").split("\n")[:-1]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's shape
        """Every process of the command is gone, its supervisor last."""
        self.gone.set()

    def told(self, word: str) -> str | None:
        """Return what followed a word at the beginning of a line."""
        for line in self.lines:
            first, _, rest = line.partition(" ")
            if first == word:
                return rest
        return None


class Running:
    """Follows one command. `attach`, then `wait`, then always `end`."""

    def __init__(self, output_limit: int) -> None:
        """`output_limit` is in bytes."""
        self.output = Output(output_limit)
        self._control = Control()
        self._stopped: Ended | None = None
        self._transports: list[asyncio.BaseTransport] = []
        self._writing: asyncio.WriteTransport | None = None

    async def attach(self, control: socket.socket, pipe: int) -> None:
        """Take over both ends; they are closed by `end`."""
        loop = asyncio.get_running_loop()
        file = os.fdopen(pipe, "rb", buffering=0)
        self._writing, _ = await loop.create_connection(lambda: self._control, sock=control)
        self._transports.append(self._writing)
        reading, _ = await loop.connect_read_pipe(lambda: self.output, file)
        self._transports.append(reading)

    async def wait(self, seconds: float, disk: Coroutine[Any, Any, None]) -> None:
        """Return when the command is over, its time is over, or `disk` (a watch) returns."""
        gone = asyncio.create_task(self._control.gone.wait())
        full = asyncio.create_task(disk)
        try:
            first = asyncio.FIRST_COMPLETED
            done, _ = await asyncio.wait({gone, full}, timeout=seconds, return_when=first)
        finally:
            gone.cancel()
            full.cancel()
        if gone not in done:
            self._stopped = "disk" if full in done else "timeout"

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

    async def _end(self) -> None:
        if self._writing is None:
            return
        if not self._control.gone.is_set():
            self._writing.write_eof()
            await _bounded(self._control.gone, "a command's processes did not end")
        await _bounded(self.output.ended, "a command's output stayed open")
        for transport in self._transports:
            transport.close()


async def _bounded(event: asyncio.Event, complaint: str) -> None:
    try:
        await asyncio.wait_for(event.wait(), _END_SECONDS)
    except asyncio.TimeoutError:
        log.warning("%s within %d s", complaint, _END_SECONDS)
