"""The newest suggestions, and whether what was typed since is what they suggested."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from arriero.agent.completion.spot import Spot
from arriero.agent.completion.syntax import CLOSERS, OPENERS, scan

_MOST = 100
_NEAR_BEFORE, _NEAR_AFTER = 2_000, 500  # characters that have to be the same
_ADDED = frozenset((*CLOSERS, '"', "'", "`"))  # what editors type themselves after an opener


@dataclass(frozen=True)
class Suggestion:
    """What is suggested, with LF as line end; `ident` stays when a part of it was typed."""

    ident: str
    text: str


@dataclass(frozen=True)
class _Entry:
    path: str
    offset: int
    before: str
    after: str
    suggestion: Suggestion


class Remembered:
    """The suggestions of one connection, also those that were none; belongs to one thread."""

    def __init__(self, most: int = _MOST) -> None:
        self._entries: OrderedDict[tuple[str, int], _Entry] = OrderedDict()
        self._most = most

    def keep(self, spot: Spot, suggestion: Suggestion) -> None:
        """Remember what is suggested at a cursor; an empty text: nothing is."""
        entry = _Entry(
            spot.path,
            spot.offset,
            spot.text[max(spot.offset - _NEAR_BEFORE, 0) : spot.offset],
            spot.text[spot.offset : spot.offset + _NEAR_AFTER],
            suggestion,
        )
        self._entries[entry.path, entry.offset] = entry
        self._entries.move_to_end((entry.path, entry.offset))
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def find(self, spot: Spot) -> Suggestion | None:
        """Return what is left of the newest suggestion that the user has typed a part of."""
        for entry in reversed(self._entries.values()):
            left = _left(entry, spot)
            if left is not None:
                return Suggestion(entry.suggestion.ident, left)
        return None

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()


def _left(entry: _Entry, spot: Spot) -> str | None:
    typed, text = spot.offset - entry.offset, entry.suggestion.text
    if entry.path != spot.path or not 0 <= typed <= len(text) or (typed == len(text) and typed):
        return None
    before = entry.before + text[:typed]
    if not spot.text.startswith(before, spot.offset - len(before)):
        return None
    if _is_followed(entry, spot, spot.offset):
        return text[typed:]
    closer = spot.text[spot.offset : spot.offset + 1]
    if typed and closer in _ADDED and _is_followed(entry, spot, spot.offset + 1):
        return _inside(text[typed:], closer, spot.language)
    return None


def _is_followed(entry: _Entry, spot: Spot, offset: int) -> bool:
    """Tell whether the text goes on from here as it did after the suggestion's cursor."""
    whole = len(entry.after) == _NEAR_AFTER or offset + len(entry.after) == len(spot.text)
    return whole and spot.text.startswith(entry.after, offset)


def _inside(text: str, closer: str, language: str) -> str | None:
    """Return what of a suggestion goes before the closer that the editor has added by itself.

    None where the suggestion has no such closer.
    """
    if closer not in CLOSERS:
        place = text.find(closer)
        return text[:place] if place >= 0 else None
    depth = 0
    for character, place in scan(text, language).brackets:
        depth += 1 if character in OPENERS else -1
        if depth < 0:
            return text[:place] if character == closer else None
    return None
