"""Files and parts of them, as they are put beside a prompt."""

from __future__ import annotations

from collections.abc import Sequence

from arriero.agent.gathering.offer import Offer
from arriero.agent.gathering.shapes import Lines
from arriero.index.extract.patterns import defined_by_pattern
from arriero.index.languages import language_of

_MOST_OUTLINED = 20_000  # lines
_KINDS = frozenset(
    ("class", "interface", "struct", "enum", "module", "function", "method", "trait", "type")
)


def file_offer(shown: str, lines: Sequence[str], why: str) -> Offer:
    """Return a whole file; where it does not fit, its beginning and what the rest defines."""
    language = language_of(shown) if len(lines) <= _MOST_OUTLINED else ""
    found = defined_by_pattern(lines, language) if language else None
    outline = [one for one in found or () if one.kind in _KINDS or language == "markdown"]
    shape = Lines(lines or ["(empty)"], 1, f"read {shown} for them", outline)
    return Offer(shown, why, f"File {shown}", shape, source=shown)


def part_offer(shown: str, lines: Sequence[str], first: int, last: int, why: str) -> Offer:
    """Return lines `first` to `last`, from 1, of a file that has at least the first of them."""
    last = min(last, len(lines))
    where = f"line {first}" if first == last else f"lines {first} to {last}"
    shape = Lines(lines[first - 1 : last], first, f"read {shown} for them")
    return Offer(f"{shown}, {where}", why, f"{shown}, {where}", shape, source=shown)
