"""A picture to ask about, made without a library."""

from __future__ import annotations

import struct
import zlib


def red_square(side: int = 64) -> bytes:
    """Return a PNG file, all of it red (PNG, third edition, 11.2)."""
    row = b"\0" + b"\xff\0\0" * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * side)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
