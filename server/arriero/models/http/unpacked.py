"""An answer that a server compressed, although it was asked not to."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from arriero.models.http.answer import Answer, Lost, NotHttp

_AT_ONCE = 1 << 20  # bytes: a few may stand for a thousand times as many
_EITHER, _BARE = zlib.MAX_WBITS | 32, -zlib.MAX_WBITS  # gzip's head or zlib's; none
_METHODS = ("gzip", "x-gzip", "deflate")


def unpacked(answer: Answer) -> Answer:
    """Return an answer as it was before it was compressed.

    Raises `NotHttp` for other methods, the answer closed.
    """
    named = answer.headers.get("content-encoding")
    if not named:
        return answer
    method = named.strip().lower()
    if method == "identity":
        return answer
    if method not in _METHODS:
        answer.close()
        raise NotHttp(f"it is compressed by {method[:40]!r}, which was not asked for")
    return _Unpacked(answer)


class _Unpacked:
    """Reads a compressed answer; `arriero.models.http.answer.Answer` says what its parts mean."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._unpacker: zlib._Decompress | None = None
        self._packed = b""

    @property
    def status(self) -> int:
        """The status of HTTP."""
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""
        return self._answer.headers

    @property
    def is_whole(self) -> bool:
        """Whether its last byte came."""
        return self._answer.is_whole

    @property
    def is_lost(self) -> bool:
        """Whether nothing more can come."""
        return self._answer.is_lost

    async def read(self) -> bytes:
        """Return what came since, empty at the end. Raises `Lost`."""
        while True:
            packed = self._packed or await self._answer.read()
            if not packed:
                if self._unpacker is None or self._unpacker.eof:
                    return b""
                raise Lost("what is compressed has no end")
            if self._unpacker is None:
                # Some servers send what `deflate` names, others with the head that it should have.
                self._unpacker = zlib.decompressobj(_EITHER if _has_head(packed) else _BARE)
            try:
                piece = self._unpacker.decompress(packed, _AT_ONCE)
            except zlib.error as error:
                raise NotHttp(f"what is compressed cannot be read: {error}") from error
            self._packed = self._unpacker.unconsumed_tail
            if piece:
                return piece

    def fail(self, error: Lost) -> None:
        """Have whoever reads get an error."""
        self._answer.fail(error)

    def close(self) -> None:
        """Close the connection, but where the answer is whole."""
        self._answer.close()


def _has_head(packed: bytes) -> bool:
    return packed[0] == 0x1F or packed[0] & 0x0F == 8
