"""The sending side of one connection."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

HIGH_WATER = 1024 * 1024
"""Unsent bytes from which on no more of the client's messages are read."""
MAX_PENDING = 32 * 1024 * 1024
"""Unsent bytes at which a client counts as dead and is disconnected."""
_PATIENCE = 2.0  # seconds that the last bytes get on closing
_WRITE = 256 * 1024  # bytes that are handed on at once: the transport may copy them

Make = Callable[[], bytes | None]


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
        self._kept: deque[bytes | memoryview] = deque()
        self._kept_size = 0
        self._flushing: asyncio.Task[None] | None = None
        # What is being made, and what waits behind it, with sizes in bytes.
        self._queue: deque[tuple[bytes | Make, int]] = deque()
        self._queue_size = 0
        self._making: asyncio.Task[None] | None = None
        writer.transport.set_write_buffer_limits(high=0)  # `writer.drain` waits for all of it

    @property
    def closed(self) -> bool:
        """Whether nothing more can be sent."""
        return self._writer.is_closing()

    @property
    def here(self) -> bool:
        """Whether the caller is in the event loop's thread."""
        return threading.get_ident() == self._thread

    def send(self, data: bytes) -> None:
        """Send a framed message; dropped when the connection is closed."""
        if self.here:
            self._put(data)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, data)

    def send_made(self, make: Make, size: int) -> None:
        """Send what `make` returns, in its place among the messages; None sends nothing.

        It is called in a worker thread and must not raise; `size` is how many bytes it returns, as
        far as is known. To be called in the loop's thread.
        """
        if self._writer.is_closing():
            return
        self._enqueue(make, size)
        if self._making is None:
            self._making = asyncio.ensure_future(self._make())
        else:
            self._check()

    def call(self, function: Callable[[Exception], object], error: Exception) -> None:
        """Have a function called in the loop's thread, soon."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, error)

    async def drain(self) -> None:
        """Wait until all is sent or the connection is lost, if more than `HIGH_WATER` is not."""
        if self._making is not None and self._unsent() > HIGH_WATER:
            await asyncio.wait([self._making])
        if self._flushing is not None and self._unsent() > HIGH_WATER:
            await asyncio.wait([self._flushing])

    async def close(self) -> None:
        """Send what is left if that works soon, then close in any case."""
        if self._making is not None:
            await asyncio.wait([self._making], timeout=_PATIENCE)
        if self._making is not None:
            self._making.cancel()
            await asyncio.wait([self._making])
        if self._flushing is not None:
            await asyncio.wait([self._flushing], timeout=_PATIENCE)
        if self._flushing is not None:
            self._writer.transport.abort()
            await asyncio.wait([self._flushing])
        self._writer.close()

    async def _make(self) -> None:
        try:
            while self._queue:
                item, size = self._queue[0]
                if callable(item):
                    # Only the thread holds it then: to free what it holds may take long, too.
                    self._queue[0] = (b"", size)
                    only = [item]
                    del item
                    data = await asyncio.to_thread(_made, only)
                else:
                    data = item
                if not self._queue:  # given up meanwhile
                    return
                self._queue.popleft()
                self._queue_size -= size
                if data is not None:
                    self._send(data)
        finally:
            self._clear_queue()
            self._making = None

    def _put(self, data: bytes) -> None:
        if self._making is not None:
            self._enqueue(data, len(data))
            self._check()
        else:
            self._send(data)

    def _enqueue(self, item: bytes | Make, size: int) -> None:
        self._queue.append((item, size))
        self._queue_size += size

    def _clear_queue(self) -> None:
        self._queue.clear()
        self._queue_size = 0

    def _send(self, data: bytes) -> None:
        if self._writer.is_closing():
            return
        if self._flushing is None:
            self._writer.write(data if len(data) <= _WRITE else data[:_WRITE])
            if len(data) > _WRITE:
                self._keep(memoryview(data)[_WRITE:])
            if self._kept or self._writer.transport.get_write_buffer_size():
                self._flushing = asyncio.ensure_future(self._flush())
            return
        self._keep(data)
        self._check()

    def _check(self) -> None:
        if self._unsent() > self._max_pending:
            log.warning("A client that left %d bytes unread is disconnected", self._unsent())
            self._clear_queue()
            self._kept.clear()
            self._kept_size = 0
            self._writer.transport.abort()

    def _keep(self, data: bytes | memoryview) -> None:
        self._kept.append(data)
        self._kept_size += len(data)

    def _taken(self) -> bytes:
        """Return the next kept bytes, about `_WRITE` of them."""
        first = self._kept.popleft()
        parts, size = [first[:_WRITE]], min(len(first), _WRITE)
        if len(first) > _WRITE:
            self._kept.appendleft(memoryview(first)[_WRITE:])
        while self._kept and size + len(self._kept[0]) <= _WRITE:
            parts.append(self._kept.popleft())
            size += len(parts[-1])
        self._kept_size -= size
        return b"".join(parts)

    def _unsent(self) -> int:
        return self._queue_size + self._kept_size + self._writer.transport.get_write_buffer_size()

    async def _flush(self) -> None:
        try:
            await self._writer.drain()
            while self._kept:
                self._writer.write(self._taken())
                await self._writer.drain()
        except OSError as error:  # the read loop sees it too, and ends the connection
            log.debug("Not sent: %s", error)
        finally:
            self._flushing = None


def _made(only: list[Make]) -> bytes | None:
    return only.pop()()
