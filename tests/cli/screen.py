"""A command at a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

from forked import fork

_PATIENCE = 60.0  # seconds
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
_LINES, _COLUMNS = 50, 100


class Screen:
    """A command at a terminal, which tells where its cursor is if PROMPT_TOOLKIT_NO_CPR is empty.

    Else no line stands at its bottom.
    """

    def __init__(self, *arguments: str, **environment: str) -> None:
        self._master, slave = pty.openpty()
        size = struct.pack("HHHH", _LINES, _COLUMNS, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        environment = {**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", **environment}
        self._tells_cursor = not environment["PROMPT_TOOLKIT_NO_CPR"]
        self.process = fork(arguments, environment, streams=(slave, slave, slave))
        os.close(slave)
        self.raw = ""
        self._seen = 0

    @property
    def text(self) -> str:
        """What was printed, without escape sequences."""
        return _ESCAPES.sub("", self.raw)

    def until(self, words: str) -> None:
        """Wait for words after those that were waited for before."""
        end = time.monotonic() + _PATIENCE
        while (found := self.text.find(words, self._seen)) < 0:
            assert self._read(end), f"{words!r} did not come:\n{self.text}"
        self._seen = found + len(words)

    def shows(self, words: str) -> None:
        """Wait until words are there, wherever: what is printed above a question may come late."""
        end = time.monotonic() + _PATIENCE
        while words not in self.text:
            assert self._read(end), f"{words!r} did not come:\n{self.text}"

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Wait for the end; return the exit code."""
        end = time.monotonic() + _PATIENCE
        while self._read(end):
            pass
        return self.process.wait(_PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(_PATIENCE)
        os.close(self._master)

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0, end - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux's word for the end
            return False
        if self._tells_cursor:
            os.write(self._master, b"\x1b[9;1R" * data.count(b"\x1b[6n"))
        self.raw += data.decode("utf-8", "replace")
        return bool(data)
