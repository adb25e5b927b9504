"""The sending side of one connection."""

from __future__ import annotations

import asyncio
import logging
import threading

log = logging.getLogger(__name__)

HIGH_WATER = 1024 * 1024
"""Unsent bytes from which on no more of the client's messages are read."""
MAX_PENDING = 32 * 1024 * 1024
"""Unsent bytes at which a client counts as dead and is disconnected."""
_PATIENCE = 2.0  # seconds that the last bytes get on closing


class Outbox:
    """Sends whole messages in order, from any thread, and never waits in doing so.

    What the client does not read at once is kept, up to `MAX_PENDING`. The read loop awaits
    `drain`, and so stops at `HIGH_WATER`; events of runs go on. The bytes are kept here and not in
    the transport, which since Python 3.12 counts all of its messages at each write.
    """

    def __init__(self, writer: asyncio.StreamWriter, max_pending: int = MAX_PENDING) -> None:
        self._writer = writer
        self._max_pending = max_pending
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._kept = bytearray()
        self._flushing: asyncio.Task[None] | None = None
        writer.transport.set_write_buffer_limits(high=0)  # `writer.drain` waits for all of it

    @property
    def closed(self) -> bool:
        """Whether nothing more can be sent."""
        return self._writer.is_closing()

    def send(self, data: bytes) -> None:
        """Send a framed message; dropped when the connection is closed."""
        if threading.get_ident() == self._thread:
            self._send(data)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send, data)

    async def drain(self) -> None:
        """Wait until all is sent or the connection is lost, if more than `HIGH_WATER` is not."""
        if self._flushing is not None and self._unsent() > HIGH_WATER:
            await asyncio.wait([self._flushing])

    async def close(self) -> None:
        """Send what is left if that works soon, then close in any case."""
        if self._flushing is not None:
            await asyncio.wait([self._flushing], timeout=_PATIENCE)
        if self._flushing is not None:
            self._writer.transport.abort()
            await asyncio.wait([self._flushing])
        self._writer.close()

    def _send(self, data: bytes) -> None:
        if self._writer.is_closing():
            return
        if self._flushing is None:
            self._writer.write(data)
            if self._writer.transport.get_write_buffer_size():
                self._flushing = asyncio.ensure_future(self._flush())
            return
        self._kept += data
        if self._unsent() > self._max_pending:
            log.warning("A client that left %d bytes unread is disconnected", self._unsent())
            self._kept.clear()
            self._writer.transport.abort()

    def _unsent(self) -> int:
        return len(self._kept) + self._writer.transport.get_write_buffer_size()

    async def _flush(self) -> None:
        try:
            await self._writer.drain()
            while self._kept:
                data, self._kept = bytes(self._kept), bytearray()
                self._writer.write(data)
                await self._writer.drain()
        except OSError as error:  # the read loop sees it too, and ends the connection
            log.debug("Not sent: %s", error)
        finally:
            self._flushing = None
