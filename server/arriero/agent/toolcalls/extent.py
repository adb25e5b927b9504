"""Where a printed value ends: brackets and strings, while they arrive."""

from __future__ import annotations

import re
from dataclasses import dataclass

from arriero.agent.toolcalls.cursor import Cursor, Steps

_MARKS = re.compile(r"[\"'\[\](){}<]")
_IN_STRING = {'"': re.compile(r'["\\]'), "'": re.compile(r"['\\]")}
_CLOSERS = {"[": "]", "(": ")", "{": "}"}
_DEEPEST = 100  # brackets; no call nests so far, and parsers give up somewhere


@dataclass(frozen=True)
class Extent:
    """A value in `text`; `missing` are the brackets it lacks.

    `cut`: it ends within a string (or was left because it nests too far) and may not be closed.
    """

    text: str
    missing: str
    cut: bool


def extent(c: Cursor) -> Steps[Extent]:
    """Read the bracketed value that begins here and move behind it.

    It ends early at a `<` outside strings (no value has one: it is the next tag) and at the end.
    """
    start = pos = c.pos
    closers: list[str] = []
    cut = False
    while True:
        mark = _MARKS.search(c.text, pos)
        if mark is None:
            pos = len(c.text)
            if c.final:
                break
            yield
            continue
        pos = mark.end()
        if mark[0] in "\"'":
            end = yield from _string_end(c, mark.start())
            cut = end is None
            if end is None:
                pos = len(c.text)
                break
            pos = end
        elif mark[0] in _CLOSERS:
            closers.append(_CLOSERS[mark[0]])
            if len(closers) > _DEEPEST:
                cut = True
                break
        elif mark[0] == "<":
            pos = mark.start()
            break
        else:
            while closers and closers.pop() != mark[0]:
                pass  # a bracket was forgotten before: the repair decides about it
            if not closers:
                break
    c.pos = pos
    return Extent(c.text[start:pos], "".join(reversed(closers)), cut)


def _string_end(c: Cursor, start: int) -> Steps[int | None]:
    quote = c.text[start]
    while len(c.text) < start + 3 and not c.final:
        yield
    if c.text.startswith(quote * 3, start):
        return (yield from _triple_end(c, start, quote))
    pos = start + 1
    while True:
        mark = _IN_STRING[quote].search(c.text, pos)
        if mark is None:
            pos = len(c.text)
        elif mark[0] == quote:
            return mark.end()
        elif mark.end() < len(c.text):
            pos = mark.end() + 1
            continue
        else:
            pos = mark.start()
        if c.final:
            return None
        yield


def _triple_end(c: Cursor, start: int, quote: str) -> Steps[int | None]:
    pos = start + 3
    while True:
        end = c.text.find(quote * 3, pos)
        if end >= 0:
            return end + 3
        if c.final:
            return None
        pos = max(pos, len(c.text) - 2)
        yield
