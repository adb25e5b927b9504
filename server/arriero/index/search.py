"""One search for everything that is known: words, symbols, paths and history, fused by rank."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from arriero.index import signals
from arriero.index.excerpts import Excerpts, around
from arriero.index.grep import Pattern
from arriero.index.indexer.faults import vanished
from arriero.index.keywords import Keywords, forms, keywords
from arriero.index.meaning.asking import Near, close_in_meaning
from arriero.index.reader import NoIndex, Snapshot
from arriero.index.relevance import is_about
from arriero.index.signals import Found
from arriero.index.workspace import WorkspaceIndex

Kind = Literal["auto", "text", "regex", "symbol", "semantic"]

_FLAT = 10.0  # the larger, the less the first places of a signal stand out
_WEIGHTS = {
    "named": 1.0,
    "symbols": 0.5,
    "subjects": 1.5,
    "covering": 0.7,
    "paths": 0.7,
    "text": 0.7,
    "parts": 0.25,
    "meaning": 0.7,
}
_DOUBT = 0.5  # how much less a signal weighs that meets a part of the question only
_RECENT = 0.35
_COMPANION = 0.15
_MOST_RECENT = 40  # files whose last commit is looked up
_DISK_SECONDS = 2.0
_MEANT = 3.0  # what closeness in meaning weighs where nothing else is asked for
MORE = "There are more matches; narrow the search or raise the limit."
_BY_WORDS = "This was found by words."
_BY_FILES = "The files themselves were looked through for these words."
_SOON = "The index is still being built, so more may be found later."
_CHANGED = "What changed last is not indexed yet, so more may be found later."
_NOT_ALL = "Not all files were looked through; search a smaller folder, or for a rarer text."


@dataclass(frozen=True)
class SearchHit:
    """Lines of a file, by absolute path, and why they are shown; the best `score` comes first.

    `text` is lines `line` to `end_line`, without the last line end.
    """

    path: str
    line: int
    end_line: int
    text: str
    score: float
    why: tuple[str, ...]


@dataclass(frozen=True)
class SearchResult:
    """The hits; `complete` is False where more may be found later, and `note` says why."""

    hits: tuple[SearchHit, ...]
    complete: bool = True
    note: str = ""


def search(index: WorkspaceIndex, query: str, kind: Kind = "auto", limit: int = 10) -> SearchResult:
    """Find what a question is about, in files and in buffers that are not saved. Blocks.

    "auto" takes words of any kind, "symbol" names that are defined, "text" a text as it is and
    "regex" a regular expression. Raises `workspace.matcher.BadPattern`.
    """
    if limit <= 0 or asks_nothing(query, kind):
        return SearchResult(())
    if kind in ("text", "regex"):
        return _lines(index, Pattern(query, literal=kind == "text"), limit)
    asked = keywords(query)
    stems = [min(forms(word), key=len) for word in asked.words]
    excerpts = Excerpts(index.root, index.overlay.texts(), stems)
    note, hits = _unready(index), []
    near, meant = Near(), _meant(index, query, kind, asked)
    try:
        with index.reader.read() as snapshot:
            if kind == "symbol":
                hits = _symbols(snapshot, asked, excerpts, limit)
            else:
                hits, near = _fused(index, snapshot, kind, asked, excerpts, limit, meant)
    except NoIndex:
        note = note or "There is no index yet."
    if not hits and note and kind != "symbol":  # what is not indexed yet may have it
        found = _on_disk(index, asked)
        hits = _shown(
            [(each, 1 / (1 + place)) for place, each in enumerate(found)], excerpts, limit
        )
        note = f"{note} {_BY_FILES}"
    if not hits and kind != "symbol":
        lines = _lines(index, Pattern(query, literal=True), limit)
        hits, note = list(lines.hits), note or lines.note
    said = _said(near, kind)
    return SearchResult(tuple(hits), not note, f"{said} {note}".strip())


def asks_nothing(query: str, kind: Kind) -> bool:
    """Tell whether a query is empty; blanks are what a text or an expression may be."""
    return not (query if kind in ("text", "regex") else query.strip())


def _fused(
    index: WorkspaceIndex,
    snapshot: Snapshot,
    kind: Kind,
    asked: Keywords,
    excerpts: Excerpts,
    limit: int,
    meant: Callable[[], Near],
) -> tuple[list[SearchHit], Near]:
    """Fuse by reciprocal rank: what several signals name is ahead of what one of them praises."""
    laid = index.overlay.texts()
    terms, scored = signals.scores(snapshot, asked, laid)
    lists: Mapping[str, Sequence[Found]] = {
        "named": signals.named(snapshot, asked),
        "symbols": signals.symbols(snapshot, asked),
        "text": signals.text(snapshot, terms, scored, laid),
        "covering": signals.covering(snapshot, asked),
        "subjects": signals.subjects(snapshot, asked),
        "paths": signals.paths(snapshot, scored),
        "parts": signals.parts_of_symbols(snapshot, scored),
    }
    if not is_about(snapshot, asked, laid):
        lists = {}
    near = meant()  # asked for before the others were, so that its answer may be here
    close = {"meaning": close_in_meaning(snapshot, near)}
    lists = {**close, **lists} if kind == "semantic" else {**lists, **close}
    weights = {**_WEIGHTS, "meaning": _MEANT} if kind == "semantic" else _WEIGHTS
    scores: dict[str, float] = {}
    reasons: dict[str, list[Found]] = {}
    for signal, found in lists.items():
        _count(found, weights[signal], scores, reasons)
    best = sorted(scores, key=lambda path: (-scores[path], path))
    _count(signals.companions(snapshot, best[:3]), _COMPANION, scores, reasons)
    best = sorted(scores, key=lambda path: (-scores[path], path))[:_MOST_RECENT]
    _count(signals.recently(snapshot, best), _RECENT, scores, reasons)
    best.sort(key=lambda path: (-scores[path], path))
    ranked = [(_merged(reasons[path]), scores[path]) for path in best]
    return _shown(ranked, excerpts, limit, reasons), near


def _meant(index: WorkspaceIndex, query: str, kind: Kind, asked: Keywords) -> Callable[[], Near]:
    """Ask what is close in meaning; what is no words is not asked, unless for nothing else."""
    if kind == "semantic" or (kind == "auto" and asked.words):
        return index.meaning.begin(query, patient=kind == "semantic")
    return Near


def _said(near: Near, kind: Kind) -> str:
    """Return what the person is to know of the search by meaning."""
    if not near.rows and (kind == "semantic" or near.late):
        return f"{near.note} {_BY_WORDS}".strip()
    return near.note if kind == "semantic" else ""


def _count(
    found: Sequence[Found],
    weight: float,
    scores: dict[str, float],
    reasons: dict[str, list[Found]],
) -> None:
    for place, each in enumerate(found):
        scores[each.path] = scores.get(each.path, 0.0) + weight * each.sure**_DOUBT / (
            _FLAT + place + 1
        )
        reasons.setdefault(each.path, []).append(each)


def _merged(found: Sequence[Found]) -> Found:
    """Return the reason that says most about where in the file to look."""
    return next((each for each in found if each.line), found[0])


def _shown(
    ranked: Sequence[tuple[Found, float]],
    excerpts: Excerpts,
    limit: int,
    reasons: Mapping[str, Sequence[Found]] | None = None,
) -> list[SearchHit]:
    """Lay the lines open; what is gone or no text any more is left out."""
    hits: list[SearchHit] = []
    for found, score in ranked:
        excerpt = excerpts.of(found)
        if excerpt is None:
            continue
        why = [each.why for each in (reasons or {}).get(found.path, [found]) if each.why]
        hits.append(
            SearchHit(
                found.path,
                excerpt.line,
                excerpt.end_line,
                excerpt.text,
                round(score, 6),
                tuple(dict.fromkeys(why)),
            )
        )
        if len(hits) == limit:
            break
    return hits


def _symbols(
    snapshot: Snapshot, asked: Keywords, excerpts: Excerpts, limit: int
) -> list[SearchHit]:
    found = [*signals.definitions(snapshot, asked), *signals.resembling(snapshot, asked)]
    distinct: dict[tuple[str, int, str], Found] = {}
    for each in found:
        distinct.setdefault((each.path, each.line, each.name), each)
    ranked = [(each, 1 / (1 + place)) for place, each in enumerate(distinct.values())]
    return _shown(ranked, excerpts, limit)


def _lines(index: WorkspaceIndex, pattern: Pattern, limit: int) -> SearchResult:
    found = index.grep(pattern, most=limit)
    hits = [
        SearchHit(file.path, number, number, around(text, pattern.text), 1.0, ("the line matches",))
        for file in found.files
        for number, text in file.lines
    ]
    if not os.path.isdir(index.root):
        return SearchResult(tuple(hits[:limit]), complete=False, note=vanished(index.root))
    complete = found.complete and sum(file.count for file in found.files) <= limit
    unfinished = MORE if len(hits) >= limit else _NOT_ALL
    return SearchResult(tuple(hits[:limit]), complete, "" if complete else unfinished)


def _on_disk(index: WorkspaceIndex, asked: Keywords) -> list[Found]:
    """Rank files by how many of the words they have, where there is no index."""
    pattern = Pattern("|".join(map(re.escape, asked.words)), ignore_case=True)
    if not asked.words:
        return []
    counted = []
    for file in index.grep(pattern, most=500, seconds=_DISK_SECONDS).files:
        text = "\n".join(line for _, line in file.lines).lower()
        count = sum(word in text for word in asked.words)
        counted.append((-count, -file.count, file.path, file.lines[0][0]))
    return [Found(path, asked.told(-count), line, line) for count, _, path, line in sorted(counted)]


def _unready(index: WorkspaceIndex) -> str:
    status = index.status
    if not status.writes:
        return status.problem or (_SOON if index.opening else "")
    if status.phase == "ready":
        return status.problem or ("" if index.unsure() == () else _CHANGED)
    done = max(status.files - status.pending, 0)
    if status.phase == "building" and status.files:
        return (
            f"The index is still being built: {done:,} of {status.files:,} files are in it, "
            "so more may be found later."
        )
    return _SOON
