"""One look at the chunks that have a question's words, for all signals that rank chunks.

FTS5's bm25() costs ten times what a match costs, most of it to gather what a row has of each word.
Within one statement that is gathered once, however many scores are made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arriero.index.rarity import any_of, selective
from arriero.index.reader import Snapshot
from arriero.index.schema import CHUNKS_OF_A_FILE, WEIGHTS
from arriero.index.thinning import DEEPEST, depth_for, thinned
from arriero.index.ties import Scored

_MOST_RANKED = 700  # chunks, about: those that have a rare word
_MOST_COMMON = 4_000  # chunks of the rarest word: above, all words are common
# Chunks, about, that are ranked then: so many of all, and so many of those that are named so.
_FEW_OF_COMMON = 1_200


@dataclass(frozen=True)
class ChunkScores:
    """The chunks that have one of some words at least, in no order.

    Of each: bm25 by all that it has, its row, bm25 by its path alone, and by its symbols alone; the
    lower the better, and 0 where nothing matches.
    """

    rows: Sequence[tuple[float, int, float, float]] = ()

    def by_all(self) -> list[Scored]:
        """Return all chunks."""
        return [(score, row) for score, row, _, _ in self.rows]

    def by_path(self) -> list[Scored]:
        """Return the files that are called so, by their first chunk: all chunks have the path."""
        return [
            (score, row) for _, row, score, _ in self.rows if score and not row % CHUNKS_OF_A_FILE
        ]

    def by_symbols(self) -> list[Scored]:
        """Return the chunks that define what is called so."""
        return [(score, row) for _, row, _, score in self.rows if score]


def chunk_scores(snapshot: Snapshot, terms: Iterable[str]) -> ChunkScores:
    """Score the chunks that have some words, which are as they are indexed.

    Where there are too many, those with the rare words: the others only count in the scores.
    """
    counts = snapshot.counts(terms)
    if not counts:
        return ChunkScores()
    if min(counts.values()) <= _MOST_COMMON:
        return ChunkScores(_scored(snapshot, selective(counts, _MOST_RANKED)))
    # Chunks that are named so are worth more than others, and few.
    rarest = min(counts, key=lambda term: (counts[term], term))
    naming = f"{{path symbols}} : ({any_of([rarest])})"
    named = _some(snapshot, naming, _count(snapshot, naming))
    others = _some(snapshot, any_of(counts), sum(counts.values()))
    return ChunkScores(list({row[1]: row for row in (*named, *others)}.values()))


def _some(snapshot: Snapshot, query: str, most: int) -> list[tuple[float, int, float, float]]:
    """Return some of the chunks that match an expression, of which there are `most` at most.

    Which these are depends on the files alone, not on when they were indexed.
    """
    return _scored(snapshot, thinned(query, depth_for(most, _FEW_OF_COMMON)))


def _count(snapshot: Snapshot, query: str) -> int:
    """Return how many chunks match an expression, up to what would be thinned as much as can be."""
    table = f"text_{snapshot.generation}"
    rows = f"SELECT 1 FROM {table} WHERE {table} MATCH ? LIMIT ?"  # noqa: S608 - a number
    most = _FEW_OF_COMMON << DEEPEST
    count: int = snapshot.db.execute(f"SELECT count(*) FROM ({rows})", (query, most)).fetchone()[0]  # noqa: S608
    return count


def _scored(snapshot: Snapshot, query: str) -> list[tuple[float, int, float, float]]:
    """Return the chunks that match an expression."""
    table = f"text_{snapshot.generation}"
    every = ", ".join(map(str, WEIGHTS))
    return snapshot.db.execute(
        f"SELECT bm25({table}, {every}), rowid, bm25({table}, 0.0, 1.0, 0.0, 0.0), "  # noqa: S608
        f"bm25({table}, 0.0, 0.0, 1.0, 0.0) FROM {table} WHERE {table} MATCH ?",
        (query,),
    ).fetchall()
