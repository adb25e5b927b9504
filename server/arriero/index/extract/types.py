"""What is found in the text of one file. Lines are numbered from 1, `end_line` is the last one."""

from __future__ import annotations

from typing import NamedTuple


class Definition(NamedTuple):
    """Something with a name that a file defines; `container` is what it is in, "" if nothing."""

    name: str
    kind: str
    line: int
    end_line: int
    container: str = ""


Reference = tuple[str, int]
"""A name, and the number of a line that uses it: once for each line, in no order."""


class Chunk(NamedTuple):
    """Lines that belong together."""

    line: int
    end_line: int


class Extracted(NamedTuple):
    """All that is known of a text; the chunks are in order and cover its lines.

    `parsed` tells whether it was given to a parser, which keeps a copy of it.
    """

    definitions: tuple[Definition, ...] = ()
    references: tuple[Reference, ...] = ()
    chunks: tuple[Chunk, ...] = ()
    parsed: bool = False
