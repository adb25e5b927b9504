"""A JSON string, read while it arrives."""

from __future__ import annotations

import re
from collections.abc import Callable

from arriero.agent.toolcalls.cursor import Cursor, Steps

_MARK = re.compile(r'["\\]')
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")
_ESCAPES = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
    "'": "'",
}  # fmt: skip
_LOST = "\ufffd"


def json_string(c: Cursor, say: Callable[[str], None]) -> Steps[None]:
    """Say the string whose opening quote was passed, and move behind its closing one.

    Understood beyond JSON: raw newlines, and quotes that are not escaped: the closing one is that
    behind which the object ends or goes on. Half a surrogate pair becomes U+FFFD, an escape that is
    cut by the end of the text is dropped.
    """
    while True:
        mark = _MARK.search(c.text, c.pos)
        end = mark.start() if mark else len(c.text)
        say(c.text[c.pos : end])
        c.pos = end
        if mark is None:
            if c.final:
                return
            c.drop(len(c.text))
            yield
        elif mark[0] == "\\":
            say((yield from _escaped(c)))
        elif (yield from _closes(c)):
            c.pos += 1
            return
        else:
            c.pos += 1
            say('"')


def _closes(c: Cursor) -> Steps[bool]:
    """Tell whether the quote that stands here is the last; does not move."""
    start = c.pos
    c.pos += 1
    yield from c.spaces()
    following = yield from c.have(1)
    if following == ",":
        c.pos += 1
        yield from c.spaces()
        following = "}" if (yield from c.have(1)) in ('"', "") else ","
    c.pos = start
    return following in ("}", "")


def _escaped(c: Cursor) -> Steps[str]:
    """Return what the escape that stands here means, and move behind it."""
    two = yield from c.have(2)
    if two[1:] == "u":
        return (yield from _code_point(c))
    c.pos += len(two)
    if len(two) < 2:
        return ""
    return _ESCAPES.get(two[1], two)


def _code_point(c: Cursor) -> Steps[str]:
    unit = yield from _unit(c)
    if unit is None:
        whole = len(c.text) >= c.pos + 6
        said = c.text[c.pos : c.pos + 2] if whole else ""
        c.pos = c.pos + 2 if whole else len(c.text)
        return said
    c.pos += 6
    if not 0xD800 <= unit < 0xE000:
        return chr(unit)
    low = yield from _unit(c)
    if unit >= 0xDC00 or low is None or not 0xDC00 <= low < 0xE000:
        return _LOST
    c.pos += 6
    return chr(0x10000 + (unit - 0xD800) * 0x400 + low - 0xDC00)


def _unit(c: Cursor) -> Steps[int | None]:
    """Return the UTF-16 unit of the escape that stands here, None if there is none."""
    match = _UNICODE.match((yield from c.have(6)))
    return int(match[1], 16) if match else None
