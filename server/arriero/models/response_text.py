"""Reads the text of a refusal, however it ends."""

from __future__ import annotations

import logging

import anyio
import httpx

_LONGEST = 64 * 1024  # bytes

_log = logging.getLogger(__name__)


async def bounded_text(response: httpx.Response, seconds: float) -> str:
    """Return what comes of an unread answer within `seconds`, up to 64 kB of it; never raises."""
    data = bytearray()
    try:
        with anyio.move_on_after(seconds):
            async for piece in response.aiter_bytes():
                data += piece
                if len(data) > _LONGEST:
                    break
    except httpx.RequestError as error:
        _log.info("a refusal was cut: %r", error)
    return data.decode("utf-8", "replace")
