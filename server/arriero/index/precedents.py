"""What earlier commits tell: files that their words lead to, that change together, changed last."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from arriero.index.keywords import forms
from arriero.index.rarity import selective
from arriero.index.words import words

_MOST_SUBJECTS = 60  # that are looked at for one question
_MOST_RANKED = 2_000  # subjects, about: those that have a rare word
_MOST_COUNTED = 8  # of the subjects that speak for one file
_AT_ONCE = 100  # parameters of one statement
_MOST_SHARED = 100  # commits of one file that are looked at for what changes with it


@dataclass(frozen=True)
class Touched:
    """A file and the subject of a commit that touched it.

    `share` tells how much of what was asked for the subject has, rare words counting more: 0 to 1.
    """

    path: bytes
    subject: str
    share: float


def by_words(db: sqlite3.Connection, asked: Sequence[str], limit: int = 50) -> list[Touched]:
    """Return files that commits with such words in their subject touched, the best one first.

    `asked` are words as `index.words.asked` returns them.
    """
    if not asked or not exists(db):
        return []
    counts = _counts(db, [form for word in asked for form in forms(word)])
    weights = _weights(db, asked, counts)
    if not weights:
        return []
    query = selective(counts, _MOST_RANKED)
    commits = {
        ident: (-score / (1 + files) ** 0.5, subject)
        for ident, score, subject, files in db.execute(
            "SELECT c.id, found.score, c.subject, c.files FROM "
            "(SELECT rowid AS id, bm25(history_text) AS score FROM history_text "
            "WHERE history_text MATCH ? ORDER BY score, rowid LIMIT ?) AS found "
            "JOIN history_commits AS c ON c.id = found.id",
            (query, _MOST_SUBJECTS),
        )
    }
    rows = db.execute(
        "SELECT coalesce(n.now, t.path), t.entry FROM history_touched AS t "  # noqa: S608
        "LEFT JOIN history_names AS n ON n.old = t.path "
        f"WHERE t.entry IN ({', '.join('?' * len(commits))})",
        list(commits),
    )
    touched: dict[int, list[bytes]] = {}
    for path, entry in rows:
        touched.setdefault(entry, []).append(path)
    # The commits of a file that say most of it count, the first of them in full.
    totals: dict[bytes, float] = {}
    counted: dict[bytes, int] = {}
    said: dict[bytes, str] = {}
    for entry in sorted(touched, key=commits.__getitem__, reverse=True):
        part, subject = commits[entry]
        for path in touched[entry]:
            place = counted[path] = counted.get(path, 0) + 1
            if place <= _MOST_COUNTED:
                totals[path] = totals.get(path, 0.0) + part / place
                said.setdefault(path, subject)
    best = sorted((-total, path, said[path]) for path, total in totals.items())
    whole = sum(weights.values())
    ways = {word: frozenset(forms(word)) for word in weights}

    def share(subject: str) -> float:
        having = set(words(subject).split())
        return sum(weight for word, weight in weights.items() if having & ways[word]) / whole

    shown = _alive(db, best, limit)
    shares_of = {subject: share(subject) for subject in {subject for _, _, subject in shown}}
    return [Touched(path, subject, shares_of[subject]) for _, path, subject in shown]


def known(db: sqlite3.Connection, asked: Sequence[str]) -> set[str]:
    """Return those of some words, as in `by_words`, that are in the subject of a commit."""
    if not asked or not exists(db):
        return set()
    counts = _counts(db, [form for word in asked for form in forms(word)])
    return {word for word in asked if any(form in counts for form in forms(word))}


def together(
    db: sqlite3.Connection, paths: Iterable[bytes], limit: int = 20
) -> list[tuple[bytes, float, bytes]]:
    """Return files that changed in commits with one of `paths`: path, weight, which of them.

    The weight is 1 for two files that always change together, in small commits; two commits at
    least must have both.
    """
    if not exists(db):
        return []
    given = list(dict.fromkeys(paths))
    found: dict[bytes, tuple[float, bytes]] = {}
    for path in given:
        for other, weight in _with(db, path):
            if other not in given and weight > found.get(other, (0.0, b""))[0]:
                found[other] = (weight, path)
    ordered = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    return [(other, weight, path) for other, (weight, path) in ordered[:limit]]


def recent(db: sqlite3.Connection, limit: int = 20) -> list[tuple[bytes, int]]:
    """Return the files that were committed last, with the time in seconds since 1970."""
    if not exists(db):
        return []
    rows = db.execute(
        "SELECT l.path, l.at FROM history_last AS l "
        "WHERE EXISTS (SELECT 1 FROM files AS f WHERE f.path = l.path) "
        "ORDER BY l.at DESC, l.path LIMIT ?",
        (limit,),
    )
    return rows.fetchall()


def last(db: sqlite3.Connection, paths: Iterable[bytes]) -> list[tuple[bytes, int]]:
    """Return when some files were committed last, those that ever were; the latest one first."""
    if not exists(db):
        return []
    wanted = list(paths)
    marks = ", ".join("?" * len(wanted))
    query = f"SELECT path, at FROM history_last WHERE path IN ({marks})"  # noqa: S608
    return sorted(db.execute(query, wanted), key=lambda row: (-row[1], row[0]))


def exists(db: sqlite3.Connection) -> bool:
    """Tell whether a history was ever written."""
    query = "SELECT 1 FROM sqlite_master WHERE name = 'history_state'"
    return db.execute(query).fetchone() is not None


def _weights(
    db: sqlite3.Connection, asked: Sequence[str], counts: Mapping[str, int]
) -> dict[str, float]:
    """Return how rare each word is in the subjects, for those that are there."""
    (count,) = db.execute("SELECT count(*) FROM history_commits").fetchone()
    found = {}
    for word in asked:
        having = sum(counts.get(form, 0) for form in forms(word))
        if having:
            found[word] = math.log(1 + count / having)
    return found


def _counts(db: sqlite3.Connection, terms: Sequence[str]) -> dict[str, int]:
    """Return in how many subjects each of some words is, for those that are there."""
    wanted = list(dict.fromkeys(terms))
    marks = ", ".join("?" * len(wanted))
    query = f"SELECT term, doc FROM history_terms WHERE term IN ({marks})"  # noqa: S608
    return dict(db.execute(query, wanted))


def _alive(
    db: sqlite3.Connection, best: Sequence[tuple[float, bytes, str]], limit: int
) -> list[tuple[float, bytes, str]]:
    """Return the first ones whose files are there."""
    found: list[tuple[float, bytes, str]] = []
    for start in range(0, len(best), _AT_ONCE):
        part = best[start : start + _AT_ONCE]
        alive = _there(db, [path for _, path, _ in part])
        found += [one for one in part if one[1] in alive]
        if len(found) >= limit:
            break
    return found[:limit]


def _there(db: sqlite3.Connection, paths: Sequence[bytes]) -> set[bytes]:
    """Return those of at most `_AT_ONCE` files that the index has."""
    query = f"SELECT path FROM files WHERE path IN ({', '.join('?' * len(paths))})"  # noqa: S608
    return {name for (name,) in db.execute(query, paths)}


def _with(db: sqlite3.Connection, path: bytes) -> list[tuple[bytes, float]]:
    renamed = db.execute("SELECT old FROM history_names WHERE now = ?", (path,))
    names = [path, *(row[0] for row in renamed)]
    marks = ", ".join("?" * len(names))
    entries = db.execute(
        f"SELECT id, files FROM history_commits WHERE id IN "  # noqa: S608
        f"(SELECT entry FROM history_touched WHERE path IN ({marks})) "
        "ORDER BY at DESC, id LIMIT ?",
        (*names, _MOST_SHARED),
    ).fetchall()
    weights = {entry: _closeness(files) for entry, files in entries}
    rows = db.execute(
        "SELECT t.entry, coalesce(n.now, t.path) FROM history_touched AS t "  # noqa: S608
        "LEFT JOIN history_names AS n ON n.old = t.path "
        f"WHERE t.entry IN ({', '.join(map(str, weights))})"
    )
    shared: dict[bytes, float] = {}
    counts: Counter[bytes] = Counter()
    for entry, other in set(rows):
        shared[other] = shared.get(other, 0.0) + weights[entry]
        counts[other] += 1
    total = sum(weights.values())
    often = [other for other in shared if counts[other] >= 2 and other != path]
    alive: set[bytes] = set()
    for start in range(0, len(often), _AT_ONCE):
        alive |= _there(db, often[start : start + _AT_ONCE])
    return [(other, shared[other] / total) for other in often if other in alive]


def _closeness(files: int) -> float:
    """How much it tells about two files that a commit of so many touched both."""
    return 1.0 / math.sqrt(max(files, 1))
