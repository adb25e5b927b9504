"""The lines of a text that are most like some lines which do not occur in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

_WORD = re.compile(r"\w{3,}")
_MOST_PLACES = 50  # a line or word that occurs more often says nothing about the place
_MOST_WORDS = 12
_MOST_CANDIDATES = 20
_COMPARED = 200  # characters of a line
_LEAST_LIKE = 0.4  # of SequenceMatcher.ratio


def nearest_lines(
    lines: Sequence[str], wanted: Sequence[str], most: int = 12
) -> tuple[tuple[int, str], ...]:
    """Return numbers (from 1) and contents of the lines most like `wanted`, with one around them.

    `lines` and `wanted` are without line ends; nothing is returned where nothing is alike. A text
    of 1 MB takes some ten milliseconds.
    """
    start = _same_lines(lines, wanted)
    if start is None:
        start = _same_words(lines, wanted)
    if start is None:
        return ()
    first = max(start - 1, 0)
    last = min(start + len(wanted) + 1, len(lines), first + most)
    return tuple((n + 1, lines[n]) for n in range(first, last))


def _same_lines(lines: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Let every line of `wanted` that occurs vote for where `wanted` would begin."""
    places: dict[str, list[int]] = {line.strip(): [] for line in wanted if len(line.strip()) > 2}
    for at, line in enumerate(lines):
        if (found := places.get(line.strip())) is not None and len(found) <= _MOST_PLACES:
            found.append(at)
    votes: Counter[int] = Counter()
    for offset, line in enumerate(wanted):
        voters = places.get(line.strip(), [])
        for at in voters if len(voters) <= _MOST_PLACES else []:
            votes[max(at - offset, 0)] += len(line.strip())
    return max(votes, key=lambda start: (votes[start], -start)) if votes else None


def _same_words(lines: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Find the line with the rarest words of `wanted` that is like one of its lines."""
    words = {_stem(word) for line in wanted for word in _WORD.findall(line[:_COMPARED])}
    longest = sorted(words, key=lambda word: (-len(word), word))[:_MOST_WORDS]
    text = "\n".join(lines)
    scores: Counter[int] = Counter()
    for word in longest:
        found = _occurrences(text, word)
        for at in found:
            scores[at] += max(len(word) * 10 // len(found), 1)
    if not scores:
        return None
    starts = _line_numbers(lines, scores)
    likely: Counter[int] = Counter()
    for at, score in scores.items():
        likely[starts[at]] += score
    best, like = None, _LEAST_LIKE
    for number, _ in likely.most_common(_MOST_CANDIDATES):
        for offset, line in enumerate(wanted):
            matcher = SequenceMatcher(None, lines[number][:_COMPARED], line[:_COMPARED], False)
            if matcher.quick_ratio() > like and (ratio := matcher.ratio()) > like:
                best, like = max(number - offset, 0), ratio
    return best


def _stem(word: str) -> str:
    """Return the start of a word, by which it is found with another ending too."""
    return word[: max(3, len(word) * 2 // 3)]


def _occurrences(text: str, word: str) -> list[int]:
    found: list[int] = []
    at = text.find(word)
    while at >= 0 and len(found) < _MOST_PLACES:
        found.append(at)
        at = text.find(word, at + 1)
    return found


def _line_numbers(lines: Sequence[str], offsets: Counter[int]) -> dict[int, int]:
    """Return the number of the line (from 0) that holds each offset of the joined lines."""
    numbers = {}
    wanted = iter(sorted(offsets))
    offset = next(wanted, None)
    end = 0
    for number, line in enumerate(lines):
        end += len(line) + 1
        while offset is not None and offset < end:
            numbers[offset] = number
            offset = next(wanted, None)
    return numbers
