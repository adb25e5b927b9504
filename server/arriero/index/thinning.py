"""Which chunks stand for all where too many match: some by chance, the same ones in every index.

A full-text table can be read from its end and stopped, but what is there depends on the order in
which files were indexed. So each chunk draws a mark, from its file's name and its number: half of
all draw 0, a quarter 1, an eighth 2, and so on.
"""

from __future__ import annotations

import zlib

DEEPEST = 14
"""The rarest mark: one chunk in some 16,000 has it."""
_SIGN = "\u00a4"  # part of no word


def mark(name: bytes, number: int) -> str:
    """Return the mark of a chunk of a file: what the column `mark` has."""
    drawn = zlib.crc32(b"%d %b" % (number, name)) | 1 << DEEPEST
    return f"{_SIGN}{(drawn & -drawn).bit_length() - 1}"


def depth_for(rows: int, most: int) -> int:
    """Return which marks, from that one on, leave about `most` of some rows; 0 for all marks."""
    return min(max((rows - 1) // max(most, 1), 0).bit_length(), DEEPEST)


def thinned(query: str, depth: int) -> str:
    """Return the FTS5 expression for those rows of a query that have such a mark."""
    if not depth:
        return query
    marks = " OR ".join([f'"{_SIGN}{one}"' for one in range(depth, DEEPEST + 1)])
    return f"({query}) AND (mark : ({marks}))"
