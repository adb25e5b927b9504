"""A program in a terminal of its own: keys go in, and what it drew can be looked for."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import struct
import termios
from collections.abc import Callable, Mapping
from pathlib import Path

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])")
_SIZE = (40, 120)  # lines and columns
_TRY = 3.0  # seconds that keys have to show their effect before they are pressed again


class Terminal:
    """Use it as `async with`; the program is ended at the end."""

    def __init__(self, command: list[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self._command, self._cwd, self._environment = command, cwd, environment
        self._drawn = bytearray()
        self._process: asyncio.subprocess.Process | None = None
        self._master = -1

    async def __aenter__(self) -> Terminal:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._cwd,
            env=dict(self._environment),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._read)
        return self

    async def __aexit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        os.close(self._master)

    def press(self, keys: str) -> None:
        """Type keys."""
        os.write(self._master, keys.encode())

    @property
    def drawn(self) -> str:
        """What was drawn since it was last forgotten, without colours and places."""
        return _ESCAPES.sub(b"", bytes(self._drawn)).decode(errors="replace")

    async def press_until(self, keys: str, true: Callable[[], bool], patience: float = 60) -> None:
        """Press keys until their effect shows; Escape goes before each further try."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while loop.time() < end:
            self._drawn.clear()
            self.press(keys)
            until = loop.time() + _TRY
            while loop.time() < until:
                if true():
                    return
                await asyncio.sleep(0.02)
            if self.status is None:
                self.press("\x1b")
            await asyncio.sleep(0.1)
        raise AssertionError(f"{keys!r} had no effect; drawn: {self.drawn[-3000:]}")

    @property
    def status(self) -> int | None:
        """The program's exit status, None while it goes on."""
        return None if self._process is None else self._process.returncode

    def _read(self) -> None:
        try:
            self._drawn += os.read(self._master, 65536)
        except BlockingIOError:
            pass
        except OSError:  # the program is gone
            asyncio.get_running_loop().remove_reader(self._master)
