"""The difference of two texts as few and small replacements, and back."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from arriero.workspace.alignment import align
from arriero.workspace.changes import Replacement
from arriero.workspace.text import split_lines


def diff(old: str, new: str) -> tuple[Replacement, ...]:
    """Return the replacements that make `new` of `old`: by line, then cut to what differs in it.

    They are sorted and do not overlap; no boundary parts a CR LF of either text.
    """
    return tuple(part for block in line_diff(old, new) for part in trimmed(old, block))


def line_diff(old: str, new: str) -> tuple[Replacement, ...]:
    """Return the replacements of whole lines that make `new` of `old`, sorted, apart by a line."""
    if old == new:
        return ()
    head = old.rfind("\n", 0, _common_prefix(old, new)) + 1
    tail = _common_suffix(old, new, min(len(old), len(new)) - head)
    cut = old.find("\n", len(old) - tail) + 1 if tail else 0
    tail = len(old) - cut if cut else 0
    a, b = split_lines(old[head : len(old) - tail]), split_lines(new[head : len(new) - tail])
    starts = list(accumulate(map(len, a), initial=head))
    return tuple(
        Replacement(
            starts[block.old_start],
            starts[block.old_end],
            "".join(b[block.new_start : block.new_end]),
        )
        for block in align(a, b)
    )


def trimmed(text: str, replacement: Replacement) -> tuple[Replacement, ...]:
    """Return a replacement of lines of `text` as what really differs in it.

    Line by line where most of each line stays, so that cursors and marks in an editor stay too.
    """
    whole = _trim(text, replacement)
    old = split_lines(text[replacement.start : replacement.end])
    new = split_lines(replacement.text)
    if len(old) != len(new) or len(old) < 2:
        return (whole,) if whole else ()
    starts = accumulate(map(len, old), initial=replacement.start)
    pairs = [
        _trim(text, Replacement(start, start + len(line), other))
        for start, line, other in zip(starts, old, new, strict=False)
    ]
    parts = tuple(pair for pair in pairs if pair)
    if whole and 2 * _weight(parts) > _weight((whole,)):
        return (whole,)
    return parts


def apply(text: str, replacements: Iterable[Replacement]) -> str:
    """Return `text` after the replacements, which must be sorted and must not overlap."""
    pieces, at = [], 0
    for part in replacements:
        if not at <= part.start <= part.end <= len(text):
            raise ValueError(f"replacements overlap or leave the text at offset {part.start}")
        pieces += [text[at : part.start], part.text]
        at = part.end
    pieces.append(text[at:])
    return "".join(pieces)


def _trim(text: str, part: Replacement) -> Replacement | None:
    """Cut equal ends off a replacement; None if nothing is left."""
    old, new = text[part.start : part.end], part.text
    if old == new:
        return None
    head = _common_prefix(old, new)
    if head and old[head - 1] == "\r" and "\n" in (old[head : head + 1], new[head : head + 1]):
        head -= 1
    tail = _common_suffix(old, new, min(len(old), len(new)) - head)
    if tail and old[-tail] == "\n":
        before = (old[-tail - 1 : -tail], new[-tail - 1 : -tail])
        if "\r" in before:
            tail -= 1
    start, end = part.start + head, part.end - tail
    return Replacement(start, end, new[head : len(new) - tail])


def _weight(parts: Iterable[Replacement]) -> int:
    return sum(part.end - part.start + len(part.text) for part in parts)


def _common_prefix(a: str, b: str) -> int:
    low, high = 0, min(len(a), len(b))
    while low < high:  # a[:low] == b[:low] holds
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(a: str, b: str, most: int) -> int:
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    return low
