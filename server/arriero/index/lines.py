"""The lines of a text that have something, with their numbers, without looking at the others.

Texts are UTF-8 here, of which most files are: they are searched as they were read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Line = tuple[int, str]
"""A number from 1 and the line without its end."""

_DENSE = 100  # bytes: where there is a hit in fewer, it is quicker to go through all lines


def all_lines(text: bytes) -> list[Line]:
    """Return every line; an empty text has one, which is empty."""
    return list(enumerate(map(_decoded, _split(_with_plain_ends(text))), 1))


def lines_having(text: bytes, wanted: Sequence[bytes], *, ignore_case: bool = False) -> list[Line]:
    """Return the lines that have one of some texts, none of which is empty or has a line end.

    With `ignore_case` these are ASCII in lower case.
    """
    if b"\r" in text:
        text = _with_plain_ends(text)
    folded = text.lower() if ignore_case else text
    if len(wanted) == 1:
        parts = folded.split(wanted[0])  # finds and counts the hits at once
        if (len(parts) - 1) * _DENSE <= len(text):
            return _between(text, parts, len(wanted[0]))
    elif sum(map(folded.count, wanted)) * _DENSE <= len(text):
        return _having_any(text, folded, wanted)
    return _among_all(text, folded, wanted)


def _between(text: bytes, parts: Sequence[bytes], width: int) -> list[Line]:
    """Return the lines with what is between two parts of a text, which is of some width."""
    found: list[Line] = []
    find, find_back, newlines = text.find, text.rfind, text.count
    number, counted, end = 1, 0, -1
    at = -width
    for part in parts[:-1]:
        at += width + len(part)
        if at < end:  # in the same line as the one before
            continue
        start = find_back(b"\n", counted, at) + 1 or counted
        end = find(b"\n", at)
        if end < 0:
            end = len(text)
        number += newlines(b"\n", counted, start)
        found.append((number, _decoded(text[start:end])))
        counted = start
    return found


def _having_any(text: bytes, folded: bytes, wanted: Sequence[bytes]) -> list[Line]:
    found: list[Line] = []
    number, counted = 1, 0
    for start, end in sorted({span for one in wanted for span in _spans(folded, one)}):
        number += text.count(b"\n", counted, start)
        found.append((number, _decoded(text[start:end])))
        counted = start
    return found


def _among_all(text: bytes, folded: bytes, wanted: Sequence[bytes]) -> list[Line]:
    lines = _split(text)
    within = lines if folded is text else _split(folded)
    pairs = enumerate(zip(lines, within, strict=True), 1)
    if len(wanted) == 1:
        [only] = wanted
        return [(number, _decoded(line)) for number, (line, by) in pairs if only in by]
    return [
        (number, _decoded(line)) for number, (line, by) in pairs if any(one in by for one in wanted)
    ]


def _spans(text: bytes, wanted: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the lines with a text begin and end."""
    at = text.find(wanted)
    while at >= 0:
        end = text.find(b"\n", at)
        if end < 0:
            end = len(text)
        yield text.rfind(b"\n", 0, at) + 1, end
        at = text.find(wanted, end)


def _with_plain_ends(text: bytes) -> bytes:
    if b"\r" in text:
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text


def _split(text: bytes) -> list[bytes]:
    return text.removesuffix(b"\n").split(b"\n")


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:  # half of a pair, which editors may send
        return line.decode("utf-8", "surrogatepass")
