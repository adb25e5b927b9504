"""Ranked search: which lines are about some words.

Chunks are ranked by BM25 over their words, their path's and their symbols', and a file by its best
three. Buffers are ranked by the same formula with the index's counts, so that they compare.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arriero.index.overlay import LaidText
from arriero.index.reader import Snapshot
from arriero.index.schema import CHUNKS_OF_A_FILE, WEIGHTS
from arriero.index.words import asked

_MOST_CHUNKS = 300
_BEST_OF_A_FILE = 3
# The constants of FTS5's bm25().
_K1, _B, _LEAST_IDF = 1.2, 0.75, 1e-6
_USUAL_LENGTH = 200.0


@dataclass(frozen=True)
class ChunkHit:
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
    for path, text in (laid or {}).items():
        found[path] = []
        _search_buffer(snapshot, text, terms, found[path])
    hits = [_file(path, chunks) for path, chunks in found.items() if chunks]
    hits.sort(key=lambda hit: (-hit.score, hit.path))
    return tuple(hits[:limit])


def _search_index(
    snapshot: Snapshot, terms: Sequence[str], found: dict[str, list[ChunkHit]]
) -> None:
    table = f"text_{snapshot.generation}"
    rows = snapshot.db.execute(
        f"SELECT rowid, rank FROM {table} WHERE {table} MATCH ? ORDER BY rank LIMIT ?",  # noqa: S608
        (" OR ".join(f'"{term}"' for term in terms), _MOST_CHUNKS),
    ).fetchall()
    files = snapshot.files(row // CHUNKS_OF_A_FILE for row, _ in rows)
    for row, rank in rows:
        ident, number = divmod(row, CHUNKS_OF_A_FILE)
        file = files.get(ident)
        if file is not None:  # otherwise it is dead
            line, end_line = file.chunks[number]
            found.setdefault(file.path, []).append(ChunkHit(line, end_line, -rank))


def _search_buffer(
    snapshot: Snapshot | None, text: LaidText, terms: Sequence[str], found: list[ChunkHit]
) -> None:
    in_path = [term for term in terms if term in text.path_words]
    for chunk in text.chunks:
        score = 0.0
        for term in terms:
            weighed = WEIGHTS[0] * chunk.counts.get(term, 0) + WEIGHTS[1] * (term in in_path)
            if weighed:
                length = (chunk.length + len(text.path_words)) / _mean_length(snapshot)
                part = weighed * (_K1 + 1) / (weighed + _K1 * (1 - _B + _B * length))
                score += _idf(snapshot, term) * part
        if score:
            found.append(ChunkHit(chunk.line, chunk.end_line, score))


def _idf(snapshot: Snapshot | None, term: str) -> float:
    rows, having = 0, 0
    if snapshot is not None:
        rows = int(snapshot.meta["live"] + snapshot.meta["dead"])
        query = f"SELECT doc FROM text_{snapshot.generation}_terms WHERE term = ?"  # noqa: S608
        having = (snapshot.db.execute(query, (term,)).fetchone() or (0,))[0]
    # A word that only the buffer has is as rare as can be.
    return max(math.log((rows - having + 0.5) / (having + 0.5)), _LEAST_IDF) if rows else 1.0


def _mean_length(snapshot: Snapshot | None) -> float:
    if snapshot is None or not snapshot.meta.get("rows_written"):
        return _USUAL_LENGTH
    return max(snapshot.meta["words_written"] / snapshot.meta["rows_written"], 1.0)


def _file(path: str, chunks: list[ChunkHit]) -> TextHit:
    best = sorted(chunks, key=lambda chunk: (-chunk.score, chunk.line))[:_BEST_OF_A_FILE]
    return TextHit(path, sum(chunk.score for chunk in best), tuple(best))
