"""Where to cut a text into chunks: along its symbols, about 60 lines each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from arriero.index.extract.types import Chunk, Definition

TARGET = 60
"""Lines of a chunk, about."""
SMALL = 50
"""A symbol of so many lines is not split, unless it shares lines with its neighbours."""
MOST = TARGET + SMALL
"""Lines of the longest chunk."""
_LEAST = 20
_SPLIT = 1_000  # what it costs to split a small symbol
_DEPTH = 12  # what it costs to cut inside one more symbol, in lines off the target
_BETWEEN = 8  # what it costs to cut where no symbol begins and no blank line is
_INTRODUCES = ("#", "//", "/*", "*", "@", "--", "[", "template")


def chunks_along(lines: Sequence[str], definitions: Sequence[Definition]) -> tuple[Chunk, ...]:
    """Return chunks that cover all lines, in order, without gap or overlap."""
    found = []
    start = 1
    costs = _costs(lines, definitions) if len(lines) > TARGET + _LEAST else ()
    while len(lines) - start + 1 > TARGET + _LEAST:
        cut = _best(costs, start, len(lines))
        found.append(Chunk(start, cut - 1))
        start = cut
    if start <= len(lines):
        found.append(Chunk(start, len(lines)))
    return tuple(found)


def _best(costs: Sequence[int], start: int, count: int) -> int:
    """Return the line that begins the next chunk: the cheapest one, near the target."""
    best, cheapest = start + TARGET, 1 << 60
    for off in range(TARGET):
        if off >= cheapest:  # whatever is further off costs more
            break
        for line in (start + TARGET - off, start + TARGET + off):
            if line > count or line > start + MOST:
                continue
            cost = off + costs[line]
            if line - start < _LEAST or count - line < _LEAST // 2:
                cost += _LEAST
            if cost < cheapest:
                best, cheapest = line, cost
    return best


def _costs(lines: Sequence[str], definitions: Sequence[Definition]) -> list[int]:
    """Return for each line, from 1, what it costs to cut before it."""
    steps = [0] * (len(lines) + 2)
    begins = set()
    for each in definitions:
        begin = _introduced(lines, each.line)
        begins.add(begin)
        if each.end_line > begin:
            cost = _SPLIT if each.end_line - each.line < SMALL else _DEPTH
            steps[begin + 1] += cost
            steps[each.end_line + 1] -= cost
    begins.update([line for line, text in enumerate(lines, 2) if not text or text.isspace()])
    steps[0] = _BETWEEN
    costs = list(accumulate(steps))
    for line in begins:
        if line < len(costs):  # the tree of broken code may reach beyond the text
            costs[line] -= _BETWEEN
    return costs


def _introduced(lines: Sequence[str], line: int) -> int:
    """Return the first line of the comments and decorators right above a symbol's line."""
    least = max(line - SMALL // 2, 1)
    while line > least and lines[line - 2].lstrip().startswith(_INTRODUCES):
        line -= 1
    return line
