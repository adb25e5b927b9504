"""Which file vouches for which: edges over the names that are used, and the rank along them."""

from __future__ import annotations

import math
import re
import sqlite3
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arriero.index.schema import name_key, unpacked

FOLLOWED = 0.75
"""The part of a file's rank that flows on."""
_ROUNDS = 30
_PRECISE = 1e-6
_MOST_DEFINERS = 24  # a name that more files define connects nothing
_MOST_EDGES = 48  # of one file: the strongest
_FAMILY = {"cpp": "c", "typescript": "javascript", "tsx": "javascript", "jsx": "javascript"}
_NO_NAMES = frozenset({"heading", "key", "selector", "id"})
_TEST = re.compile(rb"(^|[/_.-])(tests?|specs?|benchmarks?|__tests__)([/_.-]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Graph:
    """Edges from file to file, by number; the weights of a file's edges sum up to 1 at most."""

    sources: array[int]
    targets: array[int]
    weights: array[float]
    files: int


def graph_of(
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
