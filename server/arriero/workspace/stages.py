"""The stages in which an edit is looked for, from the letter to what small models mean.

A stage answers with all places where it finds the old text, each with the new text in the style of
the place: its line ends, and in the last stage its indentation.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from arriero.workspace.blank_lines import filled, with_blank_lines
from arriero.workspace.changes import Replacement
from arriero.workspace.characters import plain, same_signs
from arriero.workspace.indentation import reindented
from arriero.workspace.text import dominant_eol, split_lines, with_eol


def places(text: str, part: str) -> list[int]:
    """Return where `part` begins, overlaps included, but never between CR and LF."""
    found = []
    at = text.find(part)
    while at >= 0:
        if not _parts_line_end(text, at) and not _parts_line_end(text, at + len(part)):
            found.append(at)
        at = text.find(part, at + 1)
    return found


def _exact_lines(text: str, old: str, new: str) -> list[Replacement]:
    """Find `old` exactly where it is whole lines, which then are meant rather than ends of lines.

    Only for a text with a line end that is there just once: all others are for the next stage.
    """
    if not old.endswith("\n"):
        return []
    found = [at for at in places(text, old) if at == 0 or text[at - 1] in "\r\n"]
    if len(found) != 1:
        return []
    start, end = found[0], found[0] + len(old)
    if new and end < len(text) and not new.endswith(("\n", "\r")):
        new += "\n"  # else the next line would be joined to the new ones
    return _styled(text, [((start, end), new)])


def _exact(text: str, old: str, new: str) -> list[Replacement]:
    spans = [(at, at + len(old)) for at in places(text, old)]
    return _styled(text, [(span, new) for span in spans])


def _by_line_ends(text: str, old: str, new: str) -> list[Replacement]:
    """Find `old` with each line end standing for any."""
    if "\r" not in text and "\r" not in old:
        return []
    target = with_eol(old, "\n")
    found = places(with_eol(text, "\n"), target)
    # Every CR LF before a place makes the real place one character further.
    pairs = [m.start() - n for n, m in enumerate(re.finditer("\r\n", text))] if found else []
    bounds = [(at, at + len(target)) for at in found]
    spans = [(a + bisect_left(pairs, a), b + bisect_left(pairs, b)) for a, b in bounds]
    return _styled(text, [(span, new) for span in spans])


def _by_lines(text: str, old: str, new: str) -> list[Replacement]:
    """Find the lines of `old` whatever the blanks at their ends."""
    return _line_stage(text, old, new, _without_end, lambda _, __, lines: lines)


def _by_indentation(text: str, old: str, new: str) -> list[Replacement]:
    """Find the lines of `old` whatever the blanks around them, and indent `new` in the same way."""
    return _line_stage(text, old, new, _without_blanks, reindented)


def _by_filled_lines(text: str, old: str, new: str) -> list[Replacement]:
    """Find the lines of `old` whatever the blank lines between them, and keep these."""
    lines, given = split_lines(text), split_lines(old)
    wanted, filled_lines = filled(given), filled(lines)
    if len(wanted) < _LEAST_LINES:
        return []
    starts = list(accumulate(map(len, lines), initial=0))
    keys = [_without_blanks(lines[n]) for n in filled_lines]
    bare, become = list(_without_blank_ends(given, split_lines(new)))[-1]
    found = []
    for at in _windows(keys, [_without_blanks(given[n]) for n in wanted]):
        first, last = filled_lines[at], filled_lines[at + len(wanted) - 1]
        fitted = with_blank_lines(bare, lines[first : last + 1], become)
        if fitted is not None:
            span = (starts[first], starts[last + 1])
            found.append(_whole_lines(span, bare[-1], lines[last], "".join(fitted)))
    return _styled(text, found) if found else []


def _by_signs(text: str, old: str, new: str) -> list[Replacement]:
    """Find `old` whatever signs that look alike, by lines and their indentation, or in a line."""
    if text.isascii() and old.isascii():
        return []
    found = _line_stage(text, old, new, _with_plain_signs, same_signs)
    if found or "\n" in old.strip("\n"):
        return found
    places_ = places(plain(text), plain(old))
    spans = [(at, at + len(old)) for at in places_]
    fitted = [(span, same_signs([old], [text[span[0] : span[1]]], [new])) for span in spans]
    return _styled(text, [(span, "".join(lines)) for span, lines in fitted if lines is not None])


STAGES = (
    _exact_lines,
    _exact,
    _by_line_ends,
    _by_lines,
    _by_indentation,
    _by_filled_lines,
    _by_signs,
)

_LEAST_LINES = 2  # that are not blank, for a search that leaves blank lines out

_Span = tuple[int, int]
_Fit = Callable[[Sequence[str], Sequence[str], Sequence[str]], Sequence[str] | None]


def _line_stage(
    text: str, old: str, new: str, key: Callable[[str], str], fit: _Fit
) -> list[Replacement]:
    """Find the lines of `old`, compared by `key`, and put there what `fit` makes of `new`'s."""
    lines, wanted = split_lines(text), split_lines(old)
    keys = list(map(key, lines))
    starts = list(accumulate(map(len, lines), initial=0))
    for given, become in _without_blank_ends(wanted, split_lines(new)):
        found = []
        for at in _windows(keys, list(map(key, given))):
            fitted = fit(given, lines[at : at + len(given)], become)
            if fitted is not None:
                last = lines[at + len(given) - 1]
                span = (starts[at], starts[at + len(given)])
                found.append(_whole_lines(span, given[-1], last, "".join(fitted)))
        if found:
            return _styled(text, found)
    return []


def _without_end(line: str) -> str:
    return line.rstrip(" \t\r\n")


def _without_blanks(line: str) -> str:
    return line.strip(" \t\r\n")


def _with_plain_signs(line: str) -> str:
    return plain(line).strip()


def _without_blank_ends(
    old: list[str], new: list[str]
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Yield the lines as they are, and without the blank lines that a model put around them."""
    yield old, new
    filled = [n for n, line in enumerate(old) if line.strip()]
    if filled and len(filled) < len(old):
        head, tail = filled[0], len(old) - filled[-1] - 1
        while head and new and not new[0].strip():
            new, head = new[1:], head - 1
        while tail and new and not new[-1].strip():
            new, tail = new[:-1], tail - 1
        yield old[filled[0] : filled[-1] + 1], new


def _windows(keys: list[str], wanted: list[str]) -> Iterator[int]:
    """Yield where `wanted` begins in `keys`; lines that are all blank are nowhere."""
    first = next((n for n, line in enumerate(wanted) if line), None)
    at = -1
    while first is not None:
        try:
            at = keys.index(wanted[first], at + 1)
        except ValueError:
            return
        start = at - first
        if start >= 0 and keys[start : start + len(wanted)] == wanted:
            yield start


def _whole_lines(span: _Span, given: str, last: str, new: str) -> tuple[_Span, str]:
    """Replace lines; `given` and `last` are the last of them as the model and the text have it."""
    start, end = span
    bare = last.rstrip("\r\n")
    if given == given.rstrip("\r\n"):
        end -= len(last) - len(bare)
    elif bare == last:  # the file does not end with a line end, and stays so
        new = re.sub(r"(\r\n|\n|\r)\Z", "", new)
    elif new and new == new.rstrip("\r\n"):
        new += "\n"
    return (start, end), new


def _styled(text: str, edits: Sequence[tuple[_Span, str]]) -> list[Replacement]:
    """Give new texts the line ends of what they replace, if these are of one kind."""
    usual = dominant_eol(text) if edits else "\n"
    found = []
    for (start, end), new in edits:
        old = text[start:end]
        eol = dominant_eol(old) if "\n" in old or "\r" in old else usual
        mixed = "\r" in old and old != with_eol(old, eol)
        found.append(Replacement(start, end, new if mixed else with_eol(new, eol)))
    return found


def _parts_line_end(text: str, at: int) -> bool:
    return text[max(at - 1, 0) : at + 1] == "\r\n"
