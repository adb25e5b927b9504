"""Ranked search: which lines are about some words.

Chunks are ranked by BM25 over their words, their path's and their symbols', and a file by its best
three. Buffers are ranked by the same formula with the index's counts, so that they compare.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from arriero.index.overlay import LaidText
from arriero.index.rarity import selective
from arriero.index.reader import Snapshot
from arriero.index.schema import WEIGHTS
from arriero.index.words import asked

_MOST_CHUNKS = 150
_MOST_RANKED = 1_200  # chunks, about: those that have a rare word
_MOST_COMMON = 4_000  # chunks that are ranked where all words are common: those indexed last
_BEST_OF_A_FILE = 3
# The constants of FTS5's bm25().
_K1, _B, _LEAST_IDF = 1.2, 0.75, 1e-6
_USUAL_LENGTH = 200.0


class ChunkHit(NamedTuple):
    """Lines of a file and how well they match."""

    line: int
    end_line: int
    score: float


@dataclass(frozen=True)
class TextHit:
    """A file, its best chunks first, and a score that only compares within one search."""

    path: str
    score: float
    chunks: tuple[ChunkHit, ...]


def search_text(
    snapshot: Snapshot | None,
    query: str,
    limit: int = 20,
    laid: Mapping[str, LaidText] | None = None,
) -> tuple[TextHit, ...]:
    """Return the files that match any word of a query, the best ones first.

    `snapshot` is None where there is no index; then only the buffers are searched.
    """
    terms = asked(query)
    if not terms or limit <= 0:
        return ()
    found: dict[str, list[ChunkHit]] = {}
    if snapshot is not None:
        _search_index(snapshot, terms, found)
    if laid:
        weights, mean_length = _idf(snapshot, terms), _mean_length(snapshot)
        for path, text in laid.items():
            found[path] = _search_buffer(text, weights, mean_length)
    ranked = []
    for path, chunks in found.items():
        if chunks:
            chunks.sort(key=_rank)
            ranked.append((-sum(chunk.score for chunk in chunks[:_BEST_OF_A_FILE]), path))
    ranked.sort()
    return tuple(
        TextHit(path, -score, tuple(found[path][:_BEST_OF_A_FILE]))
        for score, path in ranked[:limit]
    )


def _search_index(
    snapshot: Snapshot, terms: Sequence[str], found: dict[str, list[ChunkHit]]
) -> None:
    counts = snapshot.counts(terms)
    if not counts:
        return
    table = f"text_{snapshot.generation}"
    ranked = f"SELECT rowid, rank FROM {table} WHERE {table} MATCH ?"  # noqa: S608
    if min(counts.values()) > _MOST_COMMON:
        ranked = f"SELECT * FROM ({ranked} ORDER BY rowid DESC LIMIT {_MOST_COMMON})"  # noqa: S608
    query = f"{ranked} ORDER BY rank LIMIT {_MOST_CHUNKS}"
    ranks = dict(snapshot.db.execute(query, (selective(counts, _MOST_RANKED),)))
    for row, path, line, end_line in snapshot.places(list(ranks)):
        found.setdefault(path, []).append(ChunkHit(line, end_line, -ranks[row]))


def _search_buffer(
    text: LaidText, weights: Mapping[str, float], mean_length: float
) -> list[ChunkHit]:
    found = []
    for chunk in text.chunks:
        length = (chunk.length + len(text.path_words)) / mean_length
        score = 0.0
        for term, weight in weights.items():
            weighed = WEIGHTS[0] * chunk.counts.get(term, 0) + WEIGHTS[1] * (
                term in text.path_words
            )
            if weighed:
                score += weight * weighed * (_K1 + 1) / (weighed + _K1 * (1 - _B + _B * length))
        if score:
            found.append(ChunkHit(chunk.line, chunk.end_line, score))
    return found


def _idf(snapshot: Snapshot | None, terms: Sequence[str]) -> dict[str, float]:
    rows = int(snapshot.meta["live"] + snapshot.meta["dead"]) if snapshot is not None else 0
    if snapshot is None or not rows:
        return dict.fromkeys(terms, 1.0)
    counts = snapshot.counts(terms)
    # A word that only the buffer has is as rare as can be.
    return {
        term: max(math.log((rows - having + 0.5) / (having + 0.5)), _LEAST_IDF)
        for term, having in ((term, counts.get(term, 0)) for term in terms)
    }


def _mean_length(snapshot: Snapshot | None) -> float:
    if snapshot is None or not snapshot.meta.get("rows_written"):
        return _USUAL_LENGTH
    return max(snapshot.meta["words_written"] / snapshot.meta["rows_written"], 1.0)


def _rank(chunk: ChunkHit) -> tuple[float, int]:
    return -chunk.score, chunk.line
