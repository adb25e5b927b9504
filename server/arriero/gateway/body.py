"""Reads the body of a request: never more than is allowed, packed or unpacked."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from starlette.types import Receive

from arriero import large_json
from arriero.gateway.dialect import Refused

_IN_THE_LOOP = 128 * 1024  # bytes that are read as JSON in a millisecond or so
_PACKINGS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_PIECE = 64 * 1024
_LARGEST_AT_ONCE = 4

T = TypeVar("T")


class ClientGone(Exception):
    """The client left before it had its answer."""


class Intake:
    """Reads the bodies of a gateway's requests, of which a few of the largest fit at once."""

    def __init__(self) -> None:
        self._held = 0  # bytes of all bodies that are being read

    async def read(
        self,
        headers: Mapping[str, str],
        receive: Receive,
        most: int,
        read: Callable[[Mapping[str, Any]], T],
    ) -> T:
        """Return what `read` makes of a request's JSON object; raises `Refused`, ClientGone.

        It has `most` bytes, packed or not. Of a large one `read` is called in a thread.
        """
        unpack = _Unpacking(headers.get("content-encoding", ""), most)
        try:
            body = await self._read(headers, receive, most, unpack)
            if len(body) <= _IN_THE_LOOP:
                return read(_parsed(body))
            return await asyncio.to_thread(lambda: read(_parsed(body)))
        finally:
            self._held -= unpack.size

    async def _read(
        self, headers: Mapping[str, str], receive: Receive, most: int, unpack: _Unpacking
    ) -> bytearray:
        told = headers.get("content-length", "")
        if told.isdecimal() and int(told) > most:
            raise _too_large(most)
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece, before = message.get("body", b""), unpack.size
            try:
                if len(piece) > _PIECE and unpack.packed:
                    await asyncio.to_thread(unpack.take, piece)
                else:
                    unpack.take(piece)
            finally:
                self._held += unpack.size - before
            if self._held > _LARGEST_AT_ONCE * most:
                told = "Too many large requests come at once: send it again in a moment."
                raise Refused("overloaded", told, retry_after=1.0)
            if not message.get("more_body", False):
                return unpack.finish()


class _Unpacking:
    """What has come of a body. A few packed kilobytes may stand for gigabytes."""

    def __init__(self, coding: str, most: int) -> None:
        name = coding.strip().lower()
        if name not in ("", "identity", *_PACKINGS):
            raise Refused("invalid", f"The body is packed with {name}; use gzip, or do not pack.")
        self.packed = name in _PACKINGS
        self._inflate = zlib.decompressobj(_PACKINGS[name]) if self.packed else None
        self._most = most
        self._body = bytearray()

    @property
    def size(self) -> int:
        """How many bytes have come."""
        return len(self._body)

    def take(self, piece: bytes) -> None:
        """Take in a piece as it came."""
        if self._inflate is None:
            self._body += piece
        else:
            self._take_packed(self._inflate, piece)
        if len(self._body) > self._most:
            raise _too_large(self._most)

    def finish(self) -> bytearray:
        """Return the whole body."""
        if self._inflate is not None and not self._inflate.eof and self._body:
            raise Refused("invalid", "The packed body ends too early.")
        return self._body

    def _take_packed(self, inflate: zlib._Decompress, piece: bytes) -> None:
        try:
            while piece and not inflate.eof and len(self._body) <= self._most:
                self._body += inflate.decompress(piece, self._most + 1 - len(self._body))
                piece = inflate.unconsumed_tail
        except zlib.error as error:
            raise Refused("invalid", f"The body cannot be unpacked: {error}.") from error


def _parsed(body: bytearray) -> Mapping[str, Any]:
    try:
        if len(body) <= _IN_THE_LOOP:
            value = _DECODER.decode(body.decode())
        else:
            value = large_json.loads(large_json.decode_utf8(body))
    except UnicodeDecodeError as error:
        raise Refused("invalid", f"The body is not UTF-8: {error.reason}.") from error
    except RecursionError as error:
        raise Refused("invalid", "The body is nested too deeply: send fewer levels.") from error
    except ValueError as error:
        cause = "a number is too long" if "digits" in str(error) else error
        raise Refused("invalid", f"The body is not JSON that can be read: {cause}.") from error
    if not isinstance(value, dict):
        raise Refused("invalid", "The body must be a JSON object.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _too_large(most: int) -> Refused:
    return Refused(
        "too_large",
        f"The body has more than {most // 1_000_000} MB: send less, or raise gateway.max_body_mb.",
    )
