"""What of a suggestion stands in the text already: after the cursor, or just above it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.agent.completion.spot import Spot

_LOOKED_AT = 60  # lines above and below
_JUST_ABOVE = 3  # lines that are not said again at once
_LONGEST_PERIOD = 4  # lines that a model repeats again and again
_SIGNIFICANT = re.compile(r"\w{3}.*\w")
_ENOUGH = 8  # characters: shorter lines may well stand twice


def without_suffix(text: str, spot: Spot, *, prose: bool = False) -> str:
    """Return a suggestion without the end that stands after the cursor already.

    `prose`: the cursor is in a string or a comment, where brackets are as any other sign.
    """
    if not text:
        return text
    rest = spot.rest.strip()
    if rest:
        return _without_rest(text, rest, prose=prose)
    lines, below = text.split("\n"), spot.below[:_LOOKED_AT]
    if not below:
        return text
    whole = [spot.head + lines[0], *lines[1:]]
    first = below[0].strip()
    for number, line in enumerate(whole):
        if line.strip() == first and is_telling(first):
            return "\n".join(lines[:number])
    return "\n".join(lines[: len(lines) - _common(whole, below)])


def without_repetition(text: str, spot: Spot) -> str:
    """Return a suggestion that does not say again what stands above it, or what it said itself."""
    lines, above = text.split("\n"), [line.strip() for line in spot.above[-_LOOKED_AT:]]
    whole = [line.strip() for line in (spot.head + lines[0], *lines[1:])]
    told = [line for line in whole if line]
    if not told:
        return text
    if told[0] in above[-_JUST_ABOVE:] and is_telling(told[0]):
        return ""
    if len(told) > 1 and any(map(is_telling, told)) and _within(told, above):
        return ""
    for number in range(len(whole)):
        for period in range(1, _LONGEST_PERIOD + 1):
            part = whole[number : number + period]
            again = whole[number + period : number + 2 * period]
            if part == again and any(map(is_telling, part)):
                return "\n".join(lines[: number + period])
    return text


def is_telling(line: str) -> bool:
    """Tell whether a line is long enough for its standing twice to be a repetition."""
    return len(line) >= _ENOUGH and _SIGNIFICANT.search(line) is not None


def _without_rest(text: str, rest: str, *, prose: bool) -> str:
    """Take the rest of the line out of a text that goes on with it, whole or in part.

    Only where words begin and end; brackets alone are for `balanced` to judge.
    """
    telling = r"." if prose else r"[\w;,]"
    if len(rest) >= 3 and re.search(r"\w", rest):
        place = text.find(rest)
        if place >= 0 and _at_boundary(text, place):
            return text[:place]
    for length in range(min(len(rest), len(text)), 0, -1):
        part = rest[:length]
        if (
            text.endswith(part)
            and re.search(telling, part)
            and _at_boundary(text, len(text) - length)
            and _at_boundary(rest, length)
        ):
            return text[: len(text) - length]
    return text


def _at_boundary(text: str, place: int) -> bool:
    """Tell whether no word goes through a place."""
    around = text[max(place - 1, 0) : place + 1]
    return len(around) < 2 or re.fullmatch(r"\w\w", around) is None


def _common(lines: Sequence[str], below: Sequence[str]) -> int:
    """Return how many of the last lines are the first ones below."""
    for count in range(min(len(lines), len(below)), 0, -1):
        last = [line.rstrip() for line in lines[-count:]]
        if last == [line.rstrip() for line in below[:count]]:
            return count
    return 0


def _within(lines: Sequence[str], above: Sequence[str]) -> bool:
    """Tell whether some lines stand above, one after the other."""
    count = len(lines)
    return any(
        list(above[start : start + count]) == list(lines) for start in range(len(above) - count + 1)
    )
