"""Full-text queries whose cost is bounded: the rare words choose, all of them rank."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping

_MANY = 16  # times more than are wanted: then it is quicker not to sort all


def any_of(terms: Collection[str]) -> str:
    """Return the FTS5 expression for rows that have any of some words."""
    return " OR ".join(f'"{term}"' for term in terms)


def choosing(counts: Mapping[str, int], most: int) -> tuple[list[str], list[str]]:
    """Return the rarest words, which `most` rows have at most taken together, and the others.

    `counts` tells how many rows have each word. The rarest word is always chosen: whoever asks has
    to look at whether it alone is too common.
    """
    ordered = sorted(counts, key=lambda term: (counts[term], term))
    rows = 0
    for place, term in enumerate(ordered):
        rows += counts[term]
        if place and rows > most:
            return ordered[:place], ordered[place:]
    return ordered, []


def selective(counts: Mapping[str, int], most: int) -> str:
    """Return an FTS5 expression for about `most` rows or fewer, "" where there is no word.

    bm25() costs ten times what a match costs and is worked out for each row that matches. So only
    rows with a rare word match, but all words, also the common ones, count in their rank.
    """
    chosen, others = choosing(counts, most)
    if not others:
        return any_of(chosen)
    return f"({any_of(chosen)}) AND ({any_of([*chosen, *others])})"


def heaviest(weights: Mapping[int, float], most: int) -> list[int]:
    """Return the `most` keys of the largest weights, the largest one first, then by key."""
    if len(weights) > _MANY * most:
        least = heapq.nlargest(most, weights.values())[-1]
        weights = {key: weight for key, weight in weights.items() if weight >= least}
    # Reversed or not, equal weights stay in the order that they have.
    return sorted(sorted(weights), key=weights.__getitem__, reverse=True)[:most]
