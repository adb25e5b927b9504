"""JSON of many megabytes, in a worker thread and without holding the interpreter's lock.

The `json` module works in one step on a value of any size, and no other thread, the event loop's
among them, does anything meanwhile. Here the same is done in steps of a millisecond or so: for
values that are large, in a worker thread. Small ones are for the `json` module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from json import scanner
from typing import Any

LARGE = 64 * 1024
"""Characters or bytes from which on a thread is worth its while."""

_SLICE = 256 * 1024  # characters of a text that are done in one step
_SMALL = frozenset({int, float, bool, type(None)})
_ITEM = 16  # what a value weighs beside its texts, in characters
# Neither a surrogate pair nor an escape is ever cut in two.
_PIECE = re.compile(
    r"(?:[^\"\\\x00-\x1f]{1,256}"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u[0-9a-fA-F]{4}|\\[^u]){1,1024}"
)
_STRICT = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_ANY = json.JSONEncoder(separators=(",", ":"))
Encode = Callable[[object], str]
_decode_string = json.decoder.scanstring  # type: ignore[attr-defined]


def weight(value: object, most: int = LARGE) -> int:
    """Return about how many characters a value takes as JSON, or `most` at least if it is more.

    Costs a look at so much of it only. It may hold instances of attrs classes, of which the
    attributes count.
    """
    return most - _room(value, most)


def _room(value: object, room: int) -> int:
    """Return what a value leaves of so many characters; none or less when it is too large."""
    stack = [value]
    while stack:
        one = stack.pop()
        room -= _ITEM
        kind = type(one)
        if kind in _SMALL:  # as most are: to look further costs ten times as much
            continue
        if isinstance(one, str):
            room -= len(one)
        elif kind is not list and isinstance(one, (dict, Mapping)):
            room -= _ITEM * len(one)
            if room > 0:
                stack.extend(one.values())
        elif isinstance(one, (list, tuple)):
            room -= _ITEM * len(one)
            if room > 0:
                stack.extend(one)
        elif (attributes := getattr(type(one), "__attrs_attrs__", None)) is not None:
            stack.extend(getattr(one, attribute.name) for attribute in attributes)
        if room <= 0:
            break
    return room


def dumps(value: object, *, allow_nan: bool = False) -> str:
    """Return what `json.dumps` does without blanks; raises as it does."""
    return "".join(_encoded(value, (_ANY if allow_nan else _STRICT).encode))


def _encoded(value: object, encode: Encode) -> Iterator[str]:
    if isinstance(value, str):
        yield from _encoded_text(value)
    elif weight(value) < LARGE:
        yield encode(value)
    elif isinstance(value, dict):
        before = "{"
        for key, member in value.items():
            # A key may be a number or the like, which `json` makes a text of.
            yield f"{before}{encode({key: 0})[1:-2]}"
            yield from _encoded(member, encode)
            before = ","
        yield "}"
    elif isinstance(value, (list, tuple)):
        yield from _encoded_list(value, encode)
    else:
        yield encode(value)


def _encoded_list(members: Sequence[object], encode: Encode) -> Iterator[str]:
    """Encode as many members in one step as are not large together."""
    before = "["
    batch: list[object] = []
    room = LARGE
    for member in members:
        room = _room(member, room)
        if room > 0:
            batch.append(member)
            continue
        if batch:
            yield before + encode(batch)[1:-1]
            before = ","
        room, batch = _room(member, LARGE), [member]
        if room <= 0:
            yield before
            yield from _encoded(member, encode)
            room, batch, before = LARGE, [], ","
    yield (before + encode(batch)[1:-1] if batch else "") + "]"


def _encoded_text(text: str) -> Iterator[str]:
    yield '"'
    for at in range(0, len(text), _SLICE):
        yield _STRICT.encode(text[at : at + _SLICE])[1:-1]
    yield '"'


def loads(text: str) -> Any:
    """Return what `json.loads` does, NaN and infinity refused; raises ValueError, RecursionError.

    Slower than `json.loads` by far where there are many small values.
    """
    return _Decoder().decode(text)


def decode_utf8(body: bytes | bytearray) -> str:
    """Return the text of bytes in UTF-8; raises UnicodeDecodeError."""
    pieces: list[str] = []
    view = memoryview(body)
    at = 0
    while at < len(view):
        end = min(at + _SLICE, len(view))
        while end < len(view) and end > at and view[end] & 0xC0 == 0x80:
            end -= 1  # in the middle of a character
        pieces.append(str(view[at : max(end, at + 1)], "utf-8"))
        at = max(end, at + 1)
    return "".join(pieces)


class _Decoder(json.JSONDecoder):
    """Python's own scanner in Python, which lets others have their turn between two values."""

    def __init__(self) -> None:
        super().__init__(parse_constant=_refuse_constant)
        self.parse_string = _scan_text
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined]


def _scan_text(text: str, begin: int, strict: bool = True) -> tuple[str, int]:
    """Return the text that begins at `begin`, after its quote, and where it ends."""
    pieces: list[str] = []
    at = begin
    while (piece := _PIECE.match(text, at)) is not None:
        at = piece.end()
        if at < len(text) and text[at] == '"':
            if not pieces:
                break
            pieces.append(_piece(text, piece.start(), at, strict))
            return "".join(pieces), at + 1
        pieces.append(_piece(text, piece.start(), at, strict))
    if not pieces:
        found: tuple[str, int] = _decode_string(text, begin, strict)
        return found
    rest, end = _decode_string(text, at, strict)  # says what is wrong, and where
    return "".join((*pieces, rest)), end


def _piece(text: str, start: int, end: int, strict: bool) -> str:
    part = text[start:end]
    if "\\" not in part:
        return part
    decoded: str = _decode_string(f'{part}"', 0, strict)[0]
    return decoded


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
