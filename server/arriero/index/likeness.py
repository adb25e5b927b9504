"""How well a name fits what somebody typed of it: `spE` fits `split_evenly`."""

from __future__ import annotations

import functools
import re

Rank = tuple[int, int, int, str]
"""The best is the smallest: how it fits, letters in the other case, length, and the name."""

EXACT, PREFIX, FROM_START, AT_PART, IN_PARTS, INSIDE, IN_ORDER = range(7)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def rank(typed: str, name: str) -> Rank | None:
    """Return how well a name fits; None if its letters are not in it in their order.

    The name itself is before what begins with it, then names of whose parts the beginnings were
    typed, from the first part or a later one on, then those that have it anywhere, and last those
    that only have the letters in order.
    """
    asked, lowered = _lowered(typed), _lowered(name)
    kind = _kind(typed, asked, name, lowered)
    if kind is None:
        return None
    at = name.find(typed)
    other_case = 0 if at == 0 else 1 if at > 0 else 2
    return kind, other_case, len(name), lowered


def _kind(typed: str, asked: str, name: str, lowered: str) -> int | None:
    if asked == lowered:
        return EXACT
    begins = _begins(typed)
    whole = not begins or typed in name
    if whole and (lowered.startswith(asked) or lowered.lstrip("_").startswith(asked)):
        return PREFIX
    if not _in_order(asked, lowered):
        return None
    starts = _parts(name)
    in_parts = _in_parts(asked, begins, lowered, starts, starts)  # most names have not
    if in_parts and _in_parts(asked, begins, lowered, starts[:1], starts):
        return FROM_START
    if whole and any(lowered.startswith(asked, at) for at in starts):
        return AT_PART
    if in_parts:
        return IN_PARTS
    return INSIDE if asked in lowered else IN_ORDER


def _parts(name: str) -> list[int]:
    """Return where the parts of a name begin: after a sign, at a capital, at a digit."""
    if name.isascii():
        return [part.start() for part in _PART.finditer(name)]
    found = []
    for at, letter in enumerate(name):
        before, after = name[at - 1 : at] or "_", name[at + 1 : at + 2]
        if letter.isalnum() and (
            not before.isalnum()
            or letter.isdigit() != before.isdigit()
            or (letter.isupper() and (not before.isupper() or after.islower()))
        ):
            found.append(at)
    return found


@functools.lru_cache(maxsize=64)  # what is typed is compared with many names
def _begins(typed: str) -> frozenset[int]:
    """Return the places of capitals after small letters: each begins another part of the name."""
    places = range(1, len(typed))
    return frozenset(at for at in places if typed[at].isupper() and typed[at - 1].islower())


def _in_parts(
    asked: str, begins: frozenset[int], lowered: str, first: list[int], starts: list[int]
) -> bool:
    """Tell whether beginnings of parts, in their order, make what was asked.

    `first` are those of the parts that may be the first. All ways are followed at once, so that no
    name takes long.
    """
    ends = {at for at in first if asked[:1] == lowered[at]}
    for place, letter in enumerate(asked[1:], 1):
        if not ends:
            return False
        least = min(ends)
        following = {at for at in starts if at > least and lowered[at] == letter}
        if place not in begins:
            following.update(at + 1 for at in ends if lowered[at + 1 : at + 2] == letter)
        ends = following
    return bool(ends)


def _in_order(asked: str, lowered: str) -> bool:
    at = 0
    for letter in asked:
        at = lowered.find(letter, at) + 1
        if not at:
            return False
    return True


def _lowered(text: str) -> str:
    """Return a text in lower case, as long as it was: `\u0130` alone would be two letters."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
