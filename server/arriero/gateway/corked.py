"""A transport that sends the head of an answer together with what follows it at once."""

from __future__ import annotations

import asyncio
from typing import Any

_HEAD = b"HTTP/1.1 "


class Corked(asyncio.Transport):
    """Another transport, whose heads of answers wait until the next piece, or the loop's next turn.

    uvicorn writes a head by itself. Its client then wakes for nothing, and on a busy machine takes
    the processor from the first piece, which is ready.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Send a piece, and with it what was held."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held + data)
        elif data[: len(_HEAD)] == _HEAD:
            self._held = bytes(data)
            self._loop.call_soon(self._send_held)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self._send_held()
        self._transport.close()

    def abort(self) -> None:
        """Close the connection; what was not sent is lost."""
        self._held = b""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether the connection is closed, or about to be."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Take nothing more from the client for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on taking."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of the connection."""
        return self._transport.get_extra_info(name, default)

    def _send_held(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)
