"""Ranked search: which lines are about some words.

Chunks are ranked by BM25 over their words, their path's and their symbols', and a file by its best
three. Buffers are ranked by the same formula with the index's counts, so that they compare.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from arriero.index.chunkscores import ChunkScores, chunk_scores
from arriero.index.overlay import LaidText
from arriero.index.reader import Snapshot
from arriero.index.schema import CHUNKS_OF_A_FILE, WEIGHTS
from arriero.index.ties import Scored, best_chunks, heaviest_files
from arriero.index.words import asked

_MOST_CHUNKS = 150
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
    scores = chunk_scores(snapshot, terms) if snapshot is not None else ChunkScores()
    return ranked(snapshot, scores, terms, limit, laid or {})


def ranked(
    snapshot: Snapshot | None,
    scores: ChunkScores,
    terms: Sequence[str],
    limit: int,
    laid: Mapping[str, LaidText],
) -> tuple[TextHit, ...]:
    """Return the best files by the scores of their chunks, and buffers by their words."""
    files = []
    if snapshot is not None:
        files = [
            hit for hit in _indexed(snapshot, scores, limit + len(laid)) if hit.path not in laid
        ]
    if laid:
        weights, mean_length = _idf(snapshot, terms), _mean_length(snapshot)
        for path, text in laid.items():
            chunks = sorted(_search_buffer(text, weights, mean_length), key=_rank)
            if chunks:
                files.append(_hit(path, chunks[:_BEST_OF_A_FILE]))
    files.sort(key=lambda hit: (-hit.score, hit.path))
    return tuple(files[:limit])


def _indexed(snapshot: Snapshot, scores: ChunkScores, most: int) -> list[TextHit]:
    """Return the `most` best files of the index by their best chunks."""
    best: dict[int, list[Scored]] = {}  # of each file, by id
    for score, row in best_chunks(snapshot, scores.by_all(), _MOST_CHUNKS):
        best.setdefault(row // CHUNKS_OF_A_FILE, []).append((score, row))
    chunks = {ident: rows[:_BEST_OF_A_FILE] for ident, rows in best.items()}
    totals = {ident: -sum(score for score, _ in rows) for ident, rows in chunks.items()}
    order = [ident for ident, _ in heaviest_files(snapshot, totals, len(totals))]
    found: list[TextHit] = []
    for start in range(0, len(order), most):  # what is dead is left out, and makes room
        part = order[start : start + most]
        known = {row: score for ident in part for score, row in chunks[ident]}
        hits: dict[str, list[ChunkHit]] = {}
        for row, path, line, end_line in snapshot.places(list(known)):
            hits.setdefault(path, []).append(ChunkHit(line, end_line, -known[row]))
        found += [_hit(path, sorted(rows, key=_rank)) for path, rows in hits.items()]
        if len(found) >= most:
            break
    return found


def _hit(path: str, chunks: Sequence[ChunkHit]) -> TextHit:
    return TextHit(path, sum(chunk.score for chunk in chunks), tuple(chunks))


def _search_buffer(
    text: LaidText, weights: Mapping[str, float], mean_length: float
) -> list[ChunkHit]:
    found = []
    for chunk in text.chunks:
        length = (chunk.length + len(text.path_words) + 1) / mean_length  # with a mark
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
