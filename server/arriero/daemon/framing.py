"""Content-Length framing (LSP 3.18, "Base Protocol") that survives garbage.

Bytes go in as they arrive, whole messages come out; nothing here reads or waits. The forwarder
imports this: cheap modules only, hence no dataclass.
"""

from __future__ import annotations

import json
import re

MAX_HEADER = 8 * 1024
"""Bytes a header section may have."""
MAX_MESSAGE = 64 * 1024 * 1024
"""Bytes a message may have: a document of 50 MB can still be opened."""
MAX_SKIPPED = 4 * MAX_MESSAGE
"""Bytes without one readable header after which the framing counts as lost."""
_MOST_ANNOUNCED = 4 * 1024 * 1024 * 1024
"""Bytes of a message that is too long for which its own word is taken."""

# White space between a name and its value has a bound, so that a match cannot outgrow `_TAIL`.
_LENGTH = re.compile(
    rb"content-length[ \t]{0,8}:[ \t]{0,8}(\d{1,20})[ \t]{0,8}\r?\n", re.IGNORECASE
)
_HEADER_END = re.compile(rb"(?<=\n)\r?\n")
_TAIL = 64
_REWIND = 64 * 1024
_GIVEN_AWAY = 1024 * 1024  # bytes from which on a body is not copied
_PREFIX = 4 * 1024


class FramingLost(ConnectionError):
    """So many bytes came without a header that no further message is to be expected."""


class Oversized:
    """A message longer than the limit, which is skipped; `prefix` is how it begins."""

    __slots__ = ("length", "prefix")

    def __init__(self, length: int, prefix: bytes) -> None:
        self.length = length
        self.prefix = prefix


def frame(message: object) -> bytes:
    """Return a JSON value as one framed message.

    Raises TypeError or ValueError for a value that JSON cannot express, NaN and infinity included.
    """
    # Plain ASCII, so that a lone surrogate, which no UTF-8 can carry, survives the way.
    return framed(json.dumps(message, separators=(",", ":"), allow_nan=False))


def framed(text: str) -> bytes:
    """Return a JSON text in ASCII as a framed message."""
    body = text.encode("ascii")
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


class FrameDecoder:
    """Cuts a stream of bytes into message bodies.

    Whatever stands where a header should be is skipped up to the next `Content-Length` line. That
    is safe also inside of a message: a line break cannot occur within a JSON string, so that no
    valid message contains a header.
    """

    def __init__(self, max_message: int = MAX_MESSAGE, max_skipped: int = MAX_SKIPPED) -> None:
        self._max_message = max_message
        self._max_skipped = max_skipped
        self._buffer = bytearray()
        self._at = 0  # bytes before this index are done with
        self._length: int | None = None  # of the body that is awaited
        self._skipped = 0

    def feed(self, data: bytes) -> None:
        """Take bytes as they were received."""
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def next(self) -> bytes | bytearray | Oversized | None:
        """Return the next message, or None until more bytes are fed.

        A body of a megabyte or more is a bytearray, which nothing else refers to. Raises
        FramingLost when more than the limit was skipped without finding a header.
        """
        if self._length is None:
            found = self._header()
            if not isinstance(found, int):
                return found
            self._length = found
        end = self._at + self._length
        if len(self._buffer) < end:
            return None
        self._length, self._skipped = None, 0
        if end - self._at < _GIVEN_AWAY:
            body = bytes(self._buffer[self._at : end])
            self._at = end
            return body
        # Taking bytes from either end of a bytearray does not move the others.
        large, self._buffer = self._buffer, self._buffer[end:]
        del large[end:]
        del large[: self._at]
        self._at = 0
        return large

    def rewind(self, body: bytes | bytearray) -> bytes | bytearray:
        """Give the body just returned back, in case its length was wrong and it holds a header.

        Returns the part before that header, which is all of it where there is none. Only short
        bodies are searched: the time that garbage costs stays in proportion to its length.
        """
        if len(body) > _REWIND:
            return body
        found = _LENGTH.search(body)
        end = found.start() if found is not None else len(body) - _begun_header(body)
        if end == len(body):
            return body
        self._at -= len(body) - end
        return body[:end]

    def _header(self) -> int | Oversized | None:
        """Find the next header and return the length it announces."""
        while True:
            found = _LENGTH.search(self._buffer, self._at)
            if found is None:
                # What is left may be the beginning of a header.
                self._skip_to(max(self._at, len(self._buffer) - _TAIL))
                return None
            end = _HEADER_END.search(self._buffer, found.end(), found.start() + MAX_HEADER)
            if end is None:
                self._skip_to(found.start())
                if len(self._buffer) - self._at < MAX_HEADER:
                    return None
                self._skip_to(found.end())
                continue
            # The last of several lengths is the one next to the body.
            *_, found = _LENGTH.finditer(self._buffer, found.start(), end.start())
            self._skip_to(found.start())
            length = int(found[1])
            if length <= self._max_message:
                self._at = end.end()
                return length
            if len(self._buffer) == end.end():
                return None  # the beginning of the message is not here yet
            self._at = end.end()
            # What it says that it has is no garbage, as far as it can be true.
            self._skipped = -min(length, _MOST_ANNOUNCED)
            return Oversized(length, bytes(self._buffer[self._at : self._at + _PREFIX]))

    def _skip_to(self, index: int) -> None:
        self._skipped += index - self._at
        self._at = index
        if self._skipped > self._max_skipped:
            raise FramingLost(f"no message in {self._skipped} bytes")


def _begun_header(body: bytes | bytearray) -> int:
    """Return how many bytes at the end of a body may be the beginning of the next header."""
    tail = body[-_TAIL:]
    begin = tail.rfind(b"Content-Length"[:1])
    if begin < 0:
        return 0
    begun = tail[begin:]
    name = b"Content-Length"
    whole = begun.startswith(name) and b"\n" not in begun
    return len(begun) if whole or name.startswith(begun) else 0
