"""How important files are to each other: a file vouches for those that define the names it uses.

Rank flows from a file over the names that it uses to the files that define them, as in PageRank.
The rank of everybody's view is worked out by the indexer (`update`). A personal one, of what is
near to some files, is added when asked for (`near`): the two are parts of one sum, because rank is
linear in where it starts.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from arriero.index.rarity import heaviest
from arriero.index.vouching import FOLLOWED, Graph, graph_of, power_iteration

__all__ = ["FOLLOWED", "Graph", "Ranks", "power_iteration", "update"]

_MOST_NAMES = 64  # of one file whose use is kept
_BATCH = 1_000
_STALE_SHARE = 0.05
_NEAR_ROUNDS = 4
_LEAST_NEAR = 1e-5
_NEAR_FILES = 64  # that rank flows on from, in each round
_EDGE = struct.Struct("<If")
_MOST_KNOWN_BEST = 16

# The files of the highest rank: to find them, all ranks are read. By database and ranks.
_known_best: dict[tuple[object, ...], list[tuple[int, bytes, float]]] = {}


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
    # In the order of paths, so that what weighs the same does not depend on the order of indexing.
    query = "SELECT id, path, language FROM files WHERE kind != 'listed' ORDER BY path"
    rows = db.execute(query).fetchall()
    graph, uses = graph_of(db, rows)
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
        self._made = db.execute("SELECT value FROM meta WHERE key = 'made'").fetchone()

    def best(self, limit: int) -> list[tuple[bytes, float]]:
        """Return the files of the highest rank, with it; all ranks sum up to 1."""
        if not self._table:
            return []
        return [(path, rank) for _, path, rank in self._best(limit)]

    def near(self, seeds: Mapping[bytes, float]) -> dict[bytes, float]:
        """Return how rank spreads that starts at some files, given with weights; sums up to 1."""
        near = self._near(seeds)
        return {path: near[ident] for ident, path, _ in self._rows(near)}

    def mixed(
        self, seeds: Mapping[bytes, float], general: float, most: int
    ) -> dict[bytes, tuple[float, float]]:
        """Return for files their rank and how near they are to some files, as `near` has it.

        Among them are the `most` files of the largest sum of the two, of which `general` is the
        part of the rank. Others may be there or not.
        """
        near = self._near(seeds)
        best = self._best(most)
        found = {path: (rank, near.get(ident, 0.0)) for ident, path, rank in best}
        others = near.keys() - {ident for ident, _, _ in best}
        # No other file's rank is higher than that of the last one of the best.
        highest = best[-1][2] if len(best) == most else 0.0
        ahead = heaviest({ident: near[ident] for ident in others}, most)
        if len(ahead) == most:
            least = (1 - general) * near[ahead[-1]] - general * highest
            others = {ident for ident in others if (1 - general) * near[ident] >= least}
        found.update((path, (rank, near[ident])) for ident, path, rank in self._rows(others))
        return found

    def _near(self, seeds: Mapping[bytes, float]) -> dict[int, float]:
        if not self._table:
            return {}
        start = self._starts(seeds)
        total = sum(start.values())
        if not total:
            return {}
        moving = {ident: weight / total for ident, weight in start.items()}
        settled: dict[int, float] = {}
        for round_ in range(_NEAR_ROUNDS + 1):
            last = round_ == _NEAR_ROUNDS
            flowing = [] if last else heaviest(moving, _NEAR_FILES)
            edges_of = self._edges(flowing)
            following: dict[int, float] = {}
            for ident, mass in moving.items():
                kept = mass * (1.0 - FOLLOWED) if edges_of.get(ident) else mass
                settled[ident] = settled.get(ident, 0.0) + kept
            so_far = following.get
            for ident in flowing:
                flow = moving[ident] * FOLLOWED
                for target, weight in edges_of.get(ident, ()):
                    following[target] = so_far(target, 0.0) + flow * weight
            moving = following
        return {ident: mass for ident, mass in settled.items() if mass > _LEAST_NEAR}

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
        return dict(self._with("path, rank", "path", list(paths)))

    def _best(self, limit: int) -> list[tuple[int, bytes, float]]:
        key = (self._made, self.version, limit)
        known = _known_best.get(key)
        if known is None:
            query = f"SELECT id, path, rank FROM {self._table} ORDER BY rank DESC, path LIMIT ?"  # noqa: S608
            known = self._db.execute(query, (limit,)).fetchall() if self._table else []
            if len(_known_best) >= _MOST_KNOWN_BEST:
                _known_best.clear()
            _known_best[key] = known
        return known

    def _starts(self, seeds: Mapping[bytes, float]) -> dict[int, float]:
        """Return the weights of those files that have a rank, by id."""
        weights = {path: float(weight) for path, weight in seeds.items() if weight > 0}
        rows = self._with("id, path", "path", sorted(weights))
        # In the order of paths, so that sums do not depend on the order of indexing.
        return {ident: weights[path] for ident, path in sorted(rows, key=itemgetter(1))}

    def _edges(self, idents: Sequence[int]) -> dict[int, Iterable[tuple[int, float]]]:
        """Return the edges of those that have any."""
        rows = self._with("id, edges", "id", idents)
        return {ident: _EDGE.iter_unpack(edges) for ident, edges in rows if edges}

    def _rows(self, idents: Iterable[int]) -> Iterator[tuple[int, bytes, float]]:
        return self._with("id, path, rank", "id", sorted(idents))

    def _with(self, columns: str, key: str, values: Sequence[object]) -> Iterator[tuple[Any, ...]]:
        """Yield the columns of the rows that have one of some values; none without a table."""
        for start in range(0, len(values) if self._table else 0, 500):
            part = values[start : start + 500]
            marks = ",".join("?" * len(part))
            query = f"SELECT {columns} FROM {self._table} WHERE {key} IN ({marks})"  # noqa: S608
            yield from self._db.execute(query, part)


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
    edges: dict[int, bytes] = {}
    every = zip(graph.sources, graph.targets, graph.weights, strict=True)
    for source, those in groupby(every, itemgetter(0)):
        edges[source] = _packed([(target, weight) for _, target, weight in those])
    for start in range(0, len(files), _BATCH):
        rows = []
        for at in range(start, min(start + _BATCH, len(files))):
            used = uses.get(at, {})
            names = _packed([(key, used[key]) for key in heaviest(used, _MOST_NAMES)])
            rows.append((at, files[at][1], ranks[at], edges.get(at, b""), names))
        db.execute("BEGIN IMMEDIATE")
        try:
            db.executemany(f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?)", rows)  # noqa: S608
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def _packed(pairs: Sequence[tuple[int, float]]) -> bytes:
    """Return what `_EDGE` unpacks to these pairs."""
    return struct.pack("<" + "If" * len(pairs), *chain.from_iterable(pairs))
