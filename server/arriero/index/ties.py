"""Which of files that are equally good come first: by path, not by when they were indexed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise

from arriero.index.reader import Snapshot
from arriero.index.schema import CHUNKS_OF_A_FILE

Scored = tuple[float, int]
"""How well a chunk matches, the lower the better, and its row."""


def heaviest_files(
    snapshot: Snapshot, weights: Mapping[int, float], most: int
) -> list[tuple[int, bytes]]:
    """Return those of the `most` files of the largest weights that are there: id and stored name.

    With them come those that are as good as the last one.
    """
    if len(weights) > most:
        least = sorted(weights.values())[-most]
        weights = {ident: weight for ident, weight in weights.items() if weight >= least}
    names = snapshot.names(weights)
    return sorted(names.items(), key=lambda one: (-weights[one[0]], one[1]))


def best_chunks(snapshot: Snapshot, scored: Collection[Scored], most: int) -> list[Scored]:
    """Return the `most` best chunks; of equal ones only those whose files are there."""
    if len(scored) > most:
        least = sorted([score for score, _ in scored])[most - 1]
        scored = [one for one in scored if one[0] <= least]
    ordered = sorted(scored)
    equal = [one[0] == next_[0] for one, next_ in pairwise(ordered)]
    pairs = zip(ordered, [False, *equal], [*equal, False], strict=True) if any(equal) else ()
    tied = {row // CHUNKS_OF_A_FILE for (_, row), before, after in pairs if before or after}
    if len(tied) < 2:  # as is usual where texts are long: then no path is looked up
        return ordered[:most]
    names = snapshot.names(tied)
    gone = tied - names.keys()
    kept = [one for one in ordered if one[1] // CHUNKS_OF_A_FILE not in gone]
    kept.sort(key=lambda one: (one[0], names.get(one[1] // CHUNKS_OF_A_FILE, b""), one[1]))
    return kept[:most]
