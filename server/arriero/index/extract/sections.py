"""The sections of a Markdown text: from each heading to the next of its level or above."""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.index.extract.types import Definition

_HASHES = re.compile(r"\s*(#{1,6})(?:\s+(.*?))??(?:\s+#+)?\s*$")
_LONGEST_NAME = 200  # characters


def sections(headings: Sequence[tuple[int, int]], lines: Sequence[str]) -> list[Definition]:
    """Return a definition for each heading, given the first and last line of each one."""
    found: list[tuple[int, int, str]] = []
    for line, end_line in headings:
        hashes = _HASHES.match(lines[line - 1])
        if hashes is not None:
            level, title = len(hashes[1]), hashes[2] or ""
        else:  # a line of = or - below the title
            level = 1 if lines[end_line - 1].strip().startswith("=") else 2
            title = " ".join(" ".join(lines[line - 1 : end_line - 1]).split())
        found.append((line, level, title.strip()[:_LONGEST_NAME]))
    definitions = []
    above: list[tuple[int, str]] = []
    for at, (line, level, title) in enumerate(found):
        above = [each for each in above if each[0] < level]
        following = (start for start, other, _ in found[at + 1 :] if other <= level)
        end_line = next(following, len(lines) + 1) - 1
        if title:
            container = above[-1][1] if above else ""
            definitions.append(Definition(title, "heading", line, end_line, container))
            above.append((level, title))
    return definitions
