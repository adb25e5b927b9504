"""How important files are to each other: a file vouches for those that define the names it uses.

Rank flows from a file over the names that it uses to the files that define them, as in PageRank.
The rank of everybody's view is worked out by the indexer (`update`). A personal one, of what is
near to some files, is added when asked for (`near`): the two are parts of one sum, because rank is
linear in where it starts.
"""

from __future__ import annotations

import math
import re
import sqlite3
import struct
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from arriero.index.schema import name_key, unpacked

FOLLOWED = 0.75
"""The part of a file's rank that flows on."""
_ROUNDS = 30
_PRECISE = 1e-6
_MOST_DEFINERS = 24  # a name that more files define connects nothing
_MOST_EDGES = 48  # of one file: the strongest
_MOST_NAMES = 64  # of one file whose use is kept
_BATCH = 1_000
_STALE_SHARE = 0.05
_NEAR_ROUNDS = 4
_LEAST_NEAR = 1e-5
_NEAR_FILES = 64  # that rank flows on from, in each round
_FAMILY = {"cpp": "c", "typescript": "javascript", "tsx": "javascript", "jsx": "javascript"}
_NO_NAMES = frozenset({"heading", "key", "selector", "id"})
_TEST = re.compile(rb"(^|[/_.-])(tests?|specs?|benchmarks?|__tests__)([/_.-]|$)", re.IGNORECASE)
_EDGE = struct.Struct("<If")


@dataclass(frozen=True)
class Graph:
    """Edges from file to file, by number; the weights of a file's edges sum up to 1 at most."""

    sources: array[int]
    targets: array[int]
    weights: array[float]
    files: int


def update(db: sqlite3.Connection) -> bool:
    """Work out all ranks again if a twentieth of the files changed since; return whether it did.

    `db` is the writer's connection without an open transaction; the new ranks are written beside
    the old ones in small pieces and replace them at once. It takes seconds in a large tree, so
    it is for when nothing else is to be done. Raises sqlite3.Error.
    """
    db.execute("CREATE TABLE IF NOT EXISTS ranks_state (key TEXT PRIMARY KEY, value) WITHOUT ROWID")
    state = dict(db.execute("SELECT key, value FROM ranks_state"))
    count, newest = db.execute("SELECT count(*), coalesce(max(id), 0) FROM files").fetchone()
    known = int(state.get("newest", -1))
    changed = db.execute("SELECT count(*) FROM files WHERE id > ?", (known,)).fetchone()[0]
    lost = max(int(state.get("count", 0)) + changed - count, 0)
    if known >= 0 and max(changed, lost) <= _STALE_SHARE * count:
        return False
    rows = db.execute("SELECT id, path, language FROM files WHERE kind != 'listed'").fetchall()
    graph, uses = _graph(db, rows)
    ranks = power_iteration(graph)
    files = [(ident, path) for ident, path, _ in rows]
    _write(db, files, graph, ranks, uses, 1 - int(state.get("table", 1)))
    values = {"newest": newest, "count": count, "table": 1 - int(state.get("table", 1))}
    with_old = f"DROP TABLE IF EXISTS ranks_{int(state.get('table', 1))}"
    db.execute("BEGIN IMMEDIATE")
    try:
        db.executemany("INSERT OR REPLACE INTO ranks_state VALUES (?, ?)", values.items())
        db.execute(with_old)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return True


class Ranks:
    """The ranks as they are in a database at a moment; empty where none were worked out."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """`db` is only read."""
        self._db = db
        query = "SELECT 1 FROM sqlite_master WHERE name = 'ranks_state'"
        state = (
            dict(db.execute("SELECT key, value FROM ranks_state"))
            if db.execute(query).fetchone()
            else {}
        )
        self._table = f"ranks_{state['table']}" if "table" in state else ""
        self.version = tuple(sorted(state.items()))

    def best(self, limit: int) -> list[tuple[bytes, float]]:
        """Return the files of the highest rank, with it; all ranks sum up to 1."""
        if not self._table:
            return []
        query = f"SELECT path, rank FROM {self._table} ORDER BY rank DESC, path LIMIT ?"  # noqa: S608
        return self._db.execute(query, (limit,)).fetchall()

    def near(self, seeds: Mapping[bytes, float]) -> dict[bytes, float]:
        """Return how rank spreads that starts at some files, given with weights; sums up to 1."""
        if not self._table:
            return {}
        start = {}
        for path, weight in sorted(seeds.items()):
            query = f"SELECT id FROM {self._table} WHERE path = ?"  # noqa: S608
            row = self._db.execute(query, (path,)).fetchone()
            if row is not None and weight > 0:
                start[row[0]] = float(weight)
        total = sum(start.values())
        if not total:
            return {}
        moving = {ident: weight / total for ident, weight in start.items()}
        settled: dict[int, float] = {}
        for round_ in range(_NEAR_ROUNDS + 1):
            kept = 1.0 if round_ == _NEAR_ROUNDS else 1.0 - FOLLOWED
            following: dict[int, float] = {}
            by_mass = sorted(moving.items(), key=lambda item: (-item[1], item[0]))
            for place, (ident, mass) in enumerate(by_mass):
                edges = self._edges(ident) if kept < 1.0 and place < _NEAR_FILES else []
                settled[ident] = settled.get(ident, 0.0) + (mass * kept if edges else mass)
                for target, weight in edges:
                    following[target] = following.get(target, 0.0) + mass * FOLLOWED * weight
            moving = following
        enough = [ident for ident, mass in settled.items() if mass > _LEAST_NEAR]
        return {path: settled[ident] for ident, path in self._paths(enough)}

    def uses(self, path: bytes) -> dict[int, float]:
        """Return how much the names that a file defines are used elsewhere, by `name_key`."""
        if not self._table:
            return {}
        query = f"SELECT names FROM {self._table} WHERE path = ?"  # noqa: S608
        row = self._db.execute(query, (path,)).fetchone()
        return dict(_EDGE.iter_unpack(row[0])) if row is not None else {}

    def rank(self, path: bytes) -> float:
        """Return the rank of a file, 0 if it has none yet."""
        return self.of((path,)).get(path, 0.0)

    def of(self, paths: Iterable[bytes]) -> dict[bytes, float]:
        """Return the ranks of some files, of those that have one yet."""
        found: dict[bytes, float] = {}
        wanted = list(paths) if self._table else []
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            query = f"SELECT path, rank FROM {self._table} WHERE path IN ({marks})"  # noqa: S608
            found.update(self._db.execute(query, part))
        return found

    def _edges(self, ident: int) -> list[tuple[int, float]]:
        query = f"SELECT edges FROM {self._table} WHERE id = ?"  # noqa: S608
        row = self._db.execute(query, (ident,)).fetchone()
        return list(_EDGE.iter_unpack(row[0])) if row is not None else []

    def _paths(self, idents: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        wanted = sorted(idents)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            query = f"SELECT id, path FROM {self._table} WHERE id IN ({marks})"  # noqa: S608
            yield from self._db.execute(query, part)


def _graph(
    db: sqlite3.Connection, files: Sequence[tuple[int, bytes, str]]
) -> tuple[Graph, dict[int, dict[int, float]]]:
    """Return edges by place in `files`, and for each file how much its names are used."""
    place = {ident: at for at, (ident, _, _) in enumerate(files)}
    worlds = [_FAMILY.get(language, language) for _, _, language in files]
    tests = [_TEST.search(path) is not None for _, path, _ in files]
    definers, weight_of = _definers(db, place)
    users = Counter(
        key
        for (blob,) in db.execute("SELECT names FROM refs")
        for key in unpacked(blob[: 4 * (len(blob) // 5)])
        if key in definers
    )
    rare = {key: math.log(1 + len(files) / users[key]) for key in users}
    sources, targets, weights = array("I"), array("I"), array("d")
    uses: dict[int, dict[int, float]] = {}
    for ident, blob in db.execute("SELECT file, names FROM refs"):
        here = place.get(ident)
        if here is None:
            continue
        count = len(blob) // 5
        keys, counts = unpacked(blob[: 4 * count]), blob[4 * count :]
        out: dict[int, float] = {}
        for key, times in zip(keys, counts, strict=True):
            defining = definers.get(key)
            if defining is None or here in defining:
                continue
            weight = weight_of[key] * rare[key] * math.sqrt(times) / len(defining)
            for target in defining:
                if worlds[target] != worlds[here] or (tests[target] and not tests[here]):
                    continue  # equal by chance
                out[target] = out.get(target, 0.0) + weight
                used = uses.setdefault(target, {})
                used[key] = used.get(key, 0.0) + weight
        strongest = sorted(out.items(), key=lambda item: (-item[1], item[0]))[:_MOST_EDGES]
        total = sum(weight for _, weight in strongest)
        for target, weight in strongest:
            sources.append(here)
            targets.append(target)
            weights.append(weight / total)
    return Graph(sources, targets, weights, len(files)), uses


def _definers(
    db: sqlite3.Connection, place: Mapping[int, int]
) -> tuple[dict[int, tuple[int, ...]], dict[int, float]]:
    """Return which files define the names by which they are known, and how much each name tells."""
    files: dict[int, tuple[int, ...]] = {}
    weight_of: dict[int, float] = {}
    for ident, name, kind in db.execute("SELECT DISTINCT file, name, kind FROM defs"):
        here = place.get(ident)
        key = name_key(name)
        known = files.get(key, ())
        if here is None or kind in _NO_NAMES or len(known) > _MOST_DEFINERS or here in known:
            continue
        files[key] = (*known, here)
        weight_of[key] = _telling(name)
    for key in [key for key, defining in files.items() if len(defining) > _MOST_DEFINERS]:
        del files[key]
    return files, weight_of


def _telling(name: str) -> float:
    """How much it tells that a name is used: long and composed ones are rarely used by chance."""
    if name.startswith("_"):
        return 0.2
    composed = "_" in name or (name != name.lower() and name != name.upper())
    return min(len(name), 16) / 8 * (1.5 if composed else 0.5)


def power_iteration(graph: Graph) -> Sequence[float]:
    """Return the rank of each file; they sum up to 1."""
    count = graph.files
    if not count:
        return ()
    has_edges = bytearray(count)
    for source in graph.sources:
        has_edges[source] = 1
    ends = [at for at in range(count) if not has_edges[at]]
    ranks = [1.0 / count] * count
    for _ in range(_ROUNDS):
        sunk = sum(ranks[at] for at in ends)
        found = [(1.0 - FOLLOWED + FOLLOWED * sunk) / count] * count
        flowing = [FOLLOWED * rank for rank in ranks]
        for source, target, weight in zip(graph.sources, graph.targets, graph.weights, strict=True):
            found[target] += flowing[source] * weight
        moved = sum(abs(new - old) for new, old in zip(found, ranks, strict=True))
        ranks = found
        if moved < _PRECISE:
            break
    return ranks


def _write(
    db: sqlite3.Connection,
    files: Sequence[tuple[int, bytes]],
    graph: Graph,
    ranks: Sequence[float],
    uses: Mapping[int, Mapping[int, float]],
    table: int,
) -> None:
    name = f"ranks_{table}"
    db.execute(f"DROP TABLE IF EXISTS {name}")
    db.execute(
        f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, "
        "rank REAL NOT NULL, edges BLOB NOT NULL, names BLOB NOT NULL)"
    )
    edges: dict[int, bytearray] = {}
    for source, target, weight in zip(graph.sources, graph.targets, graph.weights, strict=True):
        edges.setdefault(source, bytearray()).extend(_EDGE.pack(target, weight))
    for start in range(0, len(files), _BATCH):
        rows = []
        for at in range(start, min(start + _BATCH, len(files))):
            most_used = sorted(uses.get(at, {}).items(), key=lambda item: (-item[1], item[0]))
            names = b"".join(_EDGE.pack(key, use) for key, use in most_used[:_MOST_NAMES])
            rows.append((at, files[at][1], ranks[at], bytes(edges.get(at, b"")), names))
        db.execute("BEGIN IMMEDIATE")
        try:
            db.executemany(f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?)", rows)  # noqa: S608
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
