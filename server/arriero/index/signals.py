"""What speaks for a file: each signal gives files in order, with lines and a reason in words."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from arriero.index import precedents
from arriero.index.chunkscores import ChunkScores, chunk_scores
from arriero.index.defined import defining, more_define
from arriero.index.keywords import Keywords, forms
from arriero.index.overlay import LaidText
from arriero.index.paths import relative
from arriero.index.rarity import any_of, choosing
from arriero.index.reader import Snapshot
from arriero.index.schema import CHUNKS_OF_A_FILE
from arriero.index.text import ranked
from arriero.index.ties import Scored, best_chunks, heaviest_files
from arriero.index.words import words

_MOST_FILES = 50  # of one signal
_MOST_ROWS = 1_500  # of one word: more common ones tell little
_MOST_SYMBOLS = 200
_COMMON = 0.2  # of all chunks
_MOST_RANKED = 3_000  # chunks that have the chosen words, in a name or elsewhere


@dataclass(frozen=True)
class Found:
    """A file, by absolute path, with the lines that a signal is about (0 for the whole file).

    `name` is what is defined there; `sure` is how much of the question is met, 0 to 1.
    """

    path: str
    why: str
    line: int = 0
    end_line: int = 0
    name: str = ""
    sure: float = 1.0


def scores(
    snapshot: Snapshot | None, asked: Keywords, laid: Mapping[str, LaidText]
) -> tuple[Sequence[str], ChunkScores]:
    """Return the words to rank by, and how well the chunks match that have them.

    What `text`, `paths` and `parts_of_symbols` are given.
    """
    terms = _telling(snapshot, asked.words, laid) or list(asked.words)
    return terms, chunk_scores(snapshot, terms) if snapshot is not None else ChunkScores()


def text(
    snapshot: Snapshot | None,
    terms: Sequence[str],
    scored: ChunkScores,
    laid: Mapping[str, LaidText],
) -> list[Found]:
    """Files whose lines are about the words, also of buffers that are not saved."""
    found = []
    for hit in ranked(snapshot, scored, terms, _MOST_FILES, laid):
        best = hit.chunks[0]
        where = f"lines {best.line}-{best.end_line}"
        found.append(Found(hit.path, f"words in {where}", best.line, best.end_line))
    return found


def symbols(snapshot: Snapshot, asked: Keywords) -> list[Found]:
    """Files that define what the question names, each with the definition that fits best."""
    files: dict[str, Found] = {}
    for found in definitions(snapshot, asked):
        files.setdefault(found.path, found)
    return list(files.values())[:_MOST_FILES]


def definitions(snapshot: Snapshot, asked: Keywords) -> list[Found]:
    """Definitions of the question's names: as they are, without case, then with more after them."""
    found: dict[tuple[bytes, int, str], Found] = {}
    for exact in (True, False):
        for name in asked.names:
            sure = name in asked.certain or len(asked.words) <= 1
            if not exact and (not sure or len(name) < 3):
                continue
            if exact and not sure and more_define(snapshot, name, _MOST_SYMBOLS // 4):
                continue
            rows = defining(snapshot, name, _MOST_SYMBOLS, exact=exact)
            for path, defined, kind, line, end_line, _ in rows:
                why = f"defines {kind} {defined}"
                where = snapshot.path(path)
                found.setdefault((path, line, defined), Found(where, why, line, end_line, defined))
    return list(found.values())


def parts_of_symbols(snapshot: Snapshot, scored: ChunkScores) -> list[Found]:
    """Files that define names made of the question's words."""
    return _defining_parts(snapshot, _rows(snapshot, scored.by_symbols()))


def named_alike(snapshot: Snapshot, asked: Keywords) -> list[Found]:
    """Files that define names made of some words, where nothing else is asked of these."""
    return _defining_parts(snapshot, _symbol_rows(snapshot, asked.words))


def _defining_parts(snapshot: Snapshot, rows: Sequence[int]) -> list[Found]:
    found: dict[str, Found] = {}
    for _, path, line, end_line in snapshot.places(rows):
        if path not in found:
            found[path] = Found(path, f"names in lines {line}-{end_line}", line, end_line)
    return list(found.values())


def resembling(snapshot: Snapshot, asked: Keywords) -> list[Found]:
    """Definitions whose names are made of the question's words, those with most of them first."""
    wanted = snapshot.counts(_all_forms(asked.words)).keys()
    found: list[tuple[int, int, Found]] = []
    rows = _symbol_rows(snapshot, asked.words)
    for row, path, line, end_line in snapshot.places(rows):
        defined = snapshot.db.execute(
            "SELECT name, kind, line, end_line FROM defs WHERE file = ? AND line BETWEEN ? AND ?",
            (row // CHUNKS_OF_A_FILE, line, end_line),
        )
        for name, kind, first, last in defined:
            parts = set(words(name).split())
            if parts & wanted:
                each = Found(path, f"defines {kind} {name}", first, last, name)
                found.append((-len(parts & wanted), len(parts), each))
    found.sort(key=lambda row: (row[0], row[1], row[2].path, row[2].line))
    return [each for _, _, each in found]


def covering(snapshot: Snapshot, asked: Keywords) -> list[Found]:
    """Files that have most of the question's words anywhere, rare ones counting more."""
    rows_of_all = max(int(snapshot.meta["live"] + snapshot.meta["dead"]), 1)
    weights: dict[int, float] = {}
    having: list[set[int]] = []  # the files that have each of the words
    whole = 0.0
    table = f"text_{snapshot.generation}"
    counts_of = snapshot.counts(_all_forms(asked.words))
    for word in asked.words:
        ways = [form for form in forms(word) if form in counts_of]
        if not ways or max(counts_of[form] for form in ways) >= _MOST_ROWS:
            continue
        rows = snapshot.db.execute(
            f"SELECT rowid / {CHUNKS_OF_A_FILE} FROM {table} WHERE {table} MATCH ? LIMIT ?",  # noqa: S608
            (any_of(ways), _MOST_ROWS),
        ).fetchall()
        if not rows or len(rows) == _MOST_ROWS:
            continue
        weight = math.log(1 + rows_of_all / len(rows))
        whole += weight
        having.append({ident for (ident,) in rows})
        if not weights:
            weights = dict.fromkeys(having[0], weight)
            continue
        for ident in having[-1]:
            weights[ident] = weights.get(ident, 0.0) + weight
    return [
        Found(
            snapshot.path(name),
            asked.told(sum([ident in files for files in having])),
            sure=weights[ident] / whole,
        )
        for ident, name in heaviest_files(snapshot, weights, 2 * _MOST_FILES)[:_MOST_FILES]
    ]


def paths(snapshot: Snapshot, scored: ChunkScores) -> list[Found]:
    """Files whose paths have the question's words: the shorter the file, the more they tell."""
    idents = [row // CHUNKS_OF_A_FILE for row in _rows(snapshot, scored.by_path())]
    names = snapshot.names(idents)
    return [
        Found(snapshot.path(names[ident]), "the path matches") for ident in idents if ident in names
    ]


def named(snapshot: Snapshot, asked: Keywords) -> list[Found]:
    """Files that the question names, by the end of their path."""
    found: dict[str, Found] = {}
    for name in asked.files:
        exact = snapshot.file(os.fsencode(name))
        if exact is not None:
            found[exact.path] = Found(exact.path, "named in the question")
            continue
        rows = snapshot.db.execute(
            "SELECT path FROM files WHERE substr(path, -?) = ? ORDER BY length(path), path LIMIT ?",
            (len(os.fsencode(name)) + 1, b"/" + os.fsencode(name), _MOST_FILES),
        )
        for (path,) in rows:
            _add(snapshot, found, path, Found("", "named in the question"))
    return list(found.values())


def subjects(snapshot: Snapshot, asked: Keywords) -> list[Found]:
    """Files that commits with the question's words in their subject touched."""
    return [
        Found(
            snapshot.path(touched.path),
            f"changed in \u201c{touched.subject}\u201d",
            sure=touched.share,
        )
        for touched in precedents.by_words(snapshot.db, asked.words, _MOST_FILES)
    ]


def companions(snapshot: Snapshot, best: Iterable[str]) -> list[Found]:
    """Files that change together with the given ones."""
    names = [name for name in (relative(snapshot.root, path) for path in best) if name]
    return [
        Found(snapshot.path(path), f"changes together with {_shown(other)}")
        for path, _, other in precedents.together(snapshot.db, names, _MOST_FILES)
    ]


def recently(snapshot: Snapshot, among: Iterable[str]) -> list[Found]:
    """Those of some files that were ever committed, the last ones first."""
    names = [name for name in (relative(snapshot.root, path) for path in among) if name]
    found = [snapshot.path(path) for path, _ in precedents.last(snapshot.db, names)]
    return [Found(path, "") for path in found]


def _symbol_rows(snapshot: Snapshot, terms: Sequence[str]) -> list[int]:
    """Return the best chunks by the names that they define."""
    counts = snapshot.counts(_all_forms(terms))
    if not counts:
        return []
    chosen, _ = choosing(counts, _MOST_RANKED)
    table = f"text_{snapshot.generation}"
    rows = snapshot.db.execute(
        f"SELECT bm25({table}, 0.0, 0.0, 1.0), rowid FROM {table} WHERE {table} MATCH ?",  # noqa: S608
        (f"symbols: ({any_of(chosen)})",),
    )
    return _rows(snapshot, rows.fetchall())


def _rows(snapshot: Snapshot, scored: Sequence[Scored]) -> list[int]:
    """Return the best chunks of a signal."""
    return [row for _, row in best_chunks(snapshot, scored, _MOST_FILES)]


def _telling(
    snapshot: Snapshot | None, terms: Sequence[str], laid: Mapping[str, LaidText]
) -> list[str]:
    """Return the forms of some words that are worth looking for.

    What very many chunks have costs time and changes no order; what the index does not have may
    be in a buffer.
    """
    if snapshot is None:
        return _all_forms(terms)
    most = max(snapshot.meta["live"] * _COMMON, _MOST_ROWS)
    counts = snapshot.counts(_all_forms(terms))
    return [
        form
        for form in _all_forms(terms)
        if counts.get(form, 0) <= most and (form in counts or laid)
    ]


def _all_forms(terms: Sequence[str]) -> list[str]:
    """Return the words themselves, then their other forms."""
    others = (form for term in terms for form in forms(term))
    return list(dict.fromkeys([*terms, *others]))


def _add(snapshot: Snapshot, found: dict[str, Found], name: bytes, what: Found) -> None:
    path = snapshot.path(name)
    if path not in found:
        found[path] = replace(what, path=path)


def _shown(name: bytes) -> str:
    return os.fsdecode(name).encode("utf-8", "replace").decode()
