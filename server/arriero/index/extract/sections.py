"""The sections of a Markdown text: from each heading to the next of its level or above."""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.index.extract.types import Definition

_HASHES = re.compile(r"\s*(#{1,6})(?=\s|$)")
_LONGEST_NAME = 200  # characters


def sections(headings: Sequence[tuple[int, int]], lines: Sequence[str]) -> list[Definition]:
    """Return a definition for each heading, given the first and last line of each one."""
    found: list[tuple[int, int, str]] = []
    for line, end_line in headings:
        hashes = _HASHES.match(lines[line - 1])
        if hashes is not None:
            level, title = len(hashes[1]), _title(lines[line - 1][hashes.end() :].strip())
        else:  # a line of = or - below the title
            level = 1 if lines[end_line - 1].strip().startswith("=") else 2
            title = " ".join(" ".join(lines[line - 1 : end_line - 1]).split())
        found.append((line, level, title[:_LONGEST_NAME]))
    ends = _ends(found, len(lines))
    definitions = []
    above: list[tuple[int, str]] = []
    for (line, level, title), end_line in zip(found, ends, strict=True):
        while above and above[-1][0] >= level:
            above.pop()
        if title:
            container = above[-1][1] if above else ""
            definitions.append(Definition(title, "heading", line, end_line, container))
            above.append((level, title))
    return definitions


def _title(behind: str) -> str:
    """Return what stands behind the hashes of a heading, without those that may close it."""
    bare = behind.rstrip("#")
    is_closed = not bare or (bare != behind and bare[-1].isspace())
    return bare.rstrip() if is_closed else behind


def _ends(found: Sequence[tuple[int, int, str]], count: int) -> list[int]:
    """Return the last line of each section, in one pass: there may be a hundred thousand."""
    ends = [count] * len(found)
    open_: list[int] = []
    for at, (line, level, _) in enumerate(found):
        while open_ and found[open_[-1]][1] >= level:
            ends[open_.pop()] = line - 1
        open_.append(at)
    return ends
