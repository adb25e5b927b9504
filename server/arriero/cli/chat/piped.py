"""Standard input line by line where it is no terminal, without stopping the loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading

log = logging.getLogger(__name__)


class PipedLines:
    """Begins to read when it is made, on the running loop."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        # Not one of the loop's threads: these are waited for at the end, and this one may be
        # reading from a pipe into which nothing comes.
        threading.Thread(target=self._read, name="arriero-stdin", daemon=True).start()

    async def next(self) -> str:
        """Return the next line without its end; raises EOFError after the last.

        What is not UTF-8 in it is replaced.
        """
        line = await self._lines.get()
        if line is None:
            self._lines.put_nowait(None)
            raise EOFError
        return line

    def _read(self) -> None:
        try:
            for line in sys.stdin.buffer:
                self._put(line.decode("utf-8", "replace").rstrip("\r\n"))
        except (AttributeError, OSError, ValueError) as error:  # there is none, or it is closed
            log.info("standard input cannot be read: %s", error)
        finally:
            self._put(None)

    def _put(self, line: str | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants it any more
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
