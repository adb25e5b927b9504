"""What can be found without knowing the language: chunks of equal length, and identifiers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.index.composed import composed
from arriero.index.extract.types import Chunk, Extracted, Reference

_CHUNK_LINES = 60
_LONG = 1 << 20  # characters
_IDENTIFIER = re.compile(r"[^\W\d]\w{2,63}")


def lines_of(text: str) -> list[str]:
    """Return a text's lines, composed; a line break at its very end begins no further line."""
    return lines_as_written(composed(text))


def lines_as_written(text: str) -> list[str]:
    """Return a text's lines without changing a letter, as `lines_of` does."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def extract_plain(text: str) -> Extracted:
    """Cut a text into chunks of 60 lines and take each identifier once per line as a reference."""
    lines = lines_of(text)
    chunks = tuple(
        Chunk(start + 1, min(start + _CHUNK_LINES, len(lines)))
        for start in range(0, len(lines), _CHUNK_LINES)
    )
    return Extracted(references=tuple(identifiers(lines)), chunks=chunks)


def identifiers(lines: Sequence[str]) -> list[Reference]:
    """Return each identifier, once per line; of a long text once at all, for want of memory."""
    if sum(map(len, lines)) > _LONG:
        found: dict[str, int] = {}
        for number, line in enumerate(lines, 1):
            for name in _IDENTIFIER.findall(line):
                found.setdefault(name, number)
        return list(found.items())
    return [
        (name, number)
        for number, line in enumerate(lines, 1)
        for name in dict.fromkeys(_IDENTIFIER.findall(line))
    ]
