"""The lines of a text that have something, with their numbers, without looking at the others.

Texts are UTF-8 here, of which most files are: they are searched as they were read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Line = tuple[int, str]
"""A number from 1 and the line without its end."""

_DENSE = 200  # bytes: where there is a hit in fewer, it is quicker to go through all lines
_HITS = 8  # that are so dense: then it is asked of the rest of the text


def all_lines(text: bytes) -> list[Line]:
    """Return every line; an empty text has one, which is empty."""
    lines = _split(_with_plain_ends(text))
    return _decoded(range(1, len(lines) + 1), lines)


def lines_having(text: bytes, wanted: Sequence[bytes], *, ignore_case: bool = False) -> list[Line]:
    """Return the lines that have one of some texts, none of which is empty or has a line end.

    With `ignore_case` these are ASCII in lower case.
    """
    if b"\r" in text:
        text = _with_plain_ends(text)
    folded = text.lower() if ignore_case else text
    if len(wanted) == 1:
        return _having(text, folded, wanted[0])
    if sum(map(folded.count, wanted)) * _DENSE <= len(text):
        return _having_any(text, folded, wanted)
    return _among(text, folded, wanted)


def _having(text: bytes, folded: bytes, wanted: bytes) -> list[Line]:
    """Go from hit to hit, as long as these are not so dense that all lines are gone through."""
    if folded is text and text.isascii() and wanted.isascii():
        # Lines cut out of one str take three quarters of the time of lines that are then decoded.
        return _having_ascii(text.decode("ascii"), wanted.decode("ascii"))
    find, find_end, find_start, line_ends = folded.find, text.find, text.rfind, text.count
    numbers: list[int] = []
    lines: list[bytes] = []
    number, counted, hits_left = 1, 0, _HITS
    at = find(wanted)
    while at >= 0:
        start = find_start(b"\n", 0, at) + 1
        end = find_end(b"\n", at)
        if end < 0:
            end = len(text)
        number += line_ends(b"\n", counted, start)
        counted = start
        numbers.append(number)
        lines.append(text[start:end])
        hits_left -= 1
        if not hits_left:
            if end < _HITS * _DENSE and folded.count(wanted, end) * _DENSE > len(text) - end:
                rest = text[end + 1 :]
                by = rest if folded is text else folded[end + 1 :]
                return [*_decoded(numbers, lines), *_among(rest, by, (wanted,), number + 1)]
            hits_left = -1  # asked once
        at = find(wanted, end)
    return _decoded(numbers, lines)


def _having_ascii(text: str, wanted: str) -> list[Line]:
    """Do what `_having` does, of characters that are a byte each."""
    find, find_start, line_ends = text.find, text.rfind, text.count
    found: list[Line] = []
    number, counted, hits_left = 1, 0, _HITS
    at = find(wanted)
    while at >= 0:
        start = find_start("\n", 0, at) + 1
        end = find("\n", at)
        if end < 0:
            end = len(text)
        number += line_ends("\n", counted, start)
        counted = start
        found.append((number, text[start:end]))
        hits_left -= 1
        if not hits_left:
            if end < _HITS * _DENSE and text.count(wanted, end) * _DENSE > len(text) - end:
                rest = text[end + 1 :].removesuffix("\n").split("\n")
                return found + [pair for pair in enumerate(rest, number + 1) if wanted in pair[1]]
            hits_left = -1  # asked once
        at = find(wanted, end)
    return found


def _having_any(text: bytes, folded: bytes, wanted: Sequence[bytes]) -> list[Line]:
    numbers: list[int] = []
    lines: list[bytes] = []
    number, counted = 1, 0
    for start, end in sorted({span for one in wanted for span in _spans(folded, one)}):
        number += text.count(b"\n", counted, start)
        counted = start
        numbers.append(number)
        lines.append(text[start:end])
    return _decoded(numbers, lines)


def _among(text: bytes, folded: bytes, wanted: Sequence[bytes], first: int = 1) -> list[Line]:
    """Go through all lines, of which the first has a number: as str, which is quicker."""
    lines = _as_str(text.removesuffix(b"\n")).split("\n")
    parts = [_as_str(one) for one in wanted]
    if folded is not text:
        within = zip(lines, _as_str(folded.removesuffix(b"\n")).split("\n"), strict=True)
        return [
            (number, line)
            for number, (line, lower) in enumerate(within, first)
            if any(part in lower for part in parts)
        ]
    if len(parts) == 1:
        [only] = parts
        return [(number, line) for number, line in enumerate(lines, first) if only in line]
    return [
        (number, line)
        for number, line in enumerate(lines, first)
        if any(part in line for part in parts)
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


def _decoded(numbers: Sequence[int], lines: Sequence[bytes]) -> list[Line]:
    """Put numbers to lines, which are decoded all at once: none has a line end."""
    if not lines:
        return []
    text = _as_str(b"\n".join(lines))
    return list(zip(numbers, text.split("\n"), strict=True))


def _as_str(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:  # half of a pair, which editors may send
        return text.decode("utf-8", "surrogatepass")
