"""Which file vouches for which: edges over the names that are used, and the rank along them."""

from __future__ import annotations

import math
import re
import sqlite3
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass

from arriero.index.rarity import heaviest
from arriero.index.schema import name_key, unpacked

FOLLOWED = 0.75
"""The part of a file's rank that flows on."""
_ROUNDS = 30
_PRECISE = 1e-4  # of all rank, that moves in a round; half of the rounds of 1e-6
_MOST_DEFINERS = 24  # a name that more files define connects nothing
_MOST_EDGES = 48  # of one file: the strongest
_ROOTS = [math.sqrt(times) for times in range(256)]
_FOREIGN = 0.2  # of a use of what others wrote: it is less of a project than what it wrote itself
_FAMILY = {"cpp": "c", "typescript": "javascript", "tsx": "javascript", "jsx": "javascript"}
_NO_NAMES = frozenset({"heading", "key", "selector", "id"})
# Folders of what others wrote, where a repository has it. It counts as far as its own files use it.
_VENDORED = re.compile(
    rb"(^|/)(node_modules|bower_components|vendor|third[_-]?party|site-packages)/", re.IGNORECASE
)
# Methods of every text, list and table, of Python and of JavaScript: who calls them hardly ever
# means what a file defines under such a name.
_METHODS = frozenset(
    name
    for kind in (str, bytes, list, dict, set, re.Pattern, re.Match)
    for name in dir(kind)
    if not name.startswith("_")
) | {
    "charAt", "concat", "every", "exec", "filter", "forEach", "hasOwnProperty", "includes",
    "indexOf", "map", "push", "reduce", "shift", "slice", "some", "test", "then", "toLowerCase",
    "toString", "toUpperCase", "trim", "unshift", "valueOf",
}  # fmt: skip
_TEST = re.compile(rb"(^|[/_.-])(tests?|specs?|benchmarks?|__tests__)([/_.-]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Graph:
    """Edges from file to file, by number.

    Those of a file stand together, and their weights sum up to 1 at most; what is missing to 1 goes
    to nobody in particular. What is `vendored` has no say of its own in what is important.
    """

    sources: array[int]
    targets: array[int]
    weights: array[float]
    files: int
    vendored: Collection[int] = ()


def graph_of(
    db: sqlite3.Connection, files: Sequence[tuple[int, bytes, str]]
) -> tuple[Graph, dict[int, dict[int, float]]]:
    """Return edges by place in `files`, and for each file how much its names are used."""
    place = {ident: at for at, (ident, _, _) in enumerate(files)}
    worlds = [_FAMILY.get(language, language) for _, _, language in files]
    tests = [_TEST.search(path) is not None for _, path, _ in files]
    known = _known_names(db, place, worlds, tests)
    vendored = frozenset(
        [at for at, (_, path, _) in enumerate(files) if _VENDORED.search(path) is not None]
    )
    sources, targets, weights = array("I"), array("I"), array("d")
    # In the order of paths, as sums of the same numbers in another order differ in the last digit.
    query = "SELECT f.id, r.names FROM files f JOIN refs r ON r.file = f.id ORDER BY f.path"
    for ident, blob in db.execute(query):
        here = place.get(ident)
        if here is None or worlds[here] not in known:
            continue
        found = known[worlds[here]].get
        is_test = tests[here]
        out: dict[int, float] = {}
        so_far = out.get
        for key, root in zip(*_used(blob), strict=True):
            name = found(key)
            if name is None or here in name.definers:
                continue
            weight = name.weight * root
            if is_test:
                name.by_tests += weight
            else:
                name.by_others += weight
            for target in name.definers if is_test else name.programs:
                out[target] = so_far(target, 0.0) + weight
        strongest = heaviest(out, _MOST_EDGES)
        flows = [out[target] for target in strongest]
        total = sum(flows)
        if vendored and here not in vendored:
            parts = [_FOREIGN if target in vendored else 1.0 for target in strongest]
            flows = [part * flow for part, flow in zip(parts, flows, strict=True)]
        sources.extend([here] * len(strongest))
        targets.extend(strongest)
        weights.extend([flow / total for flow in flows])
    return Graph(sources, targets, weights, len(files), vendored), _uses(known)


@dataclass
class _Name:
    """A name as the files of one family of languages define it, and how much it is used there.

    `programs` are those of its `definers` that are no tests: what tests define is for tests only.
    One use of it weighs `weight`, further ones in the same file less.
    """

    weight: float
    definers: tuple[int, ...]
    programs: tuple[int, ...]
    by_tests: float = 0.0
    by_others: float = 0.0


def _known_names(
    db: sqlite3.Connection, place: Mapping[int, int], worlds: Sequence[str], tests: Sequence[bool]
) -> dict[str, dict[int, _Name]]:
    """Return the names that connect files, by family of languages and `name_key`."""
    users: Counter[int] = Counter()
    for (blob,) in db.execute("SELECT names FROM refs"):
        users.update(_keys(blob))
    known: dict[str, dict[int, _Name]] = {}
    for key, (name, defining) in _definers(db, place, users).items():
        weight = _telling(name) * math.log(1 + len(worlds) / users[key]) / len(defining)
        for world in {worlds[one] for one in defining}:  # in another one it is equal by chance
            here = tuple([one for one in defining if worlds[one] == world])
            programs = tuple([one for one in here if not tests[one]])
            known.setdefault(world, {})[key] = _Name(weight, here, programs)
    return known


def _used(blob: bytes) -> tuple[array[int], list[float]]:
    """Return the keys of the names that a file uses, and for each the root of how often."""
    keys = _keys(blob)
    return keys, [_ROOTS[times] for times in blob[4 * len(keys) :]]


def _keys(blob: bytes) -> array[int]:
    return unpacked(blob[: len(blob) // 5 * 4])


def _uses(known: Mapping[str, Mapping[int, _Name]]) -> dict[int, dict[int, float]]:
    uses: dict[int, dict[int, float]] = {}
    for names in known.values():
        for key, name in names.items():
            everybodys = name.by_tests + name.by_others
            for target in name.definers:
                use = everybodys if target in name.programs else name.by_tests
                if use:
                    uses.setdefault(target, {})[key] = use
    return uses


def _definers(
    db: sqlite3.Connection, place: Mapping[int, int], used: Container[int]
) -> dict[int, tuple[str, tuple[int, ...]]]:
    """Return those of the `used` names that tell something, each with the files that define it."""
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    kinds = ", ".join("?" * len(_NO_NAMES))
    query = f"SELECT name, file FROM defs WHERE kind NOT IN ({kinds})"  # noqa: S608 - marks
    for name, ident in db.execute(query, (*_NO_NAMES,)):
        by_name[name].append(ident)
    found: dict[int, tuple[str, tuple[int, ...]]] = {}
    for name, idents in by_name.items():
        key = name_key(name)
        if key not in used or name in _METHODS:
            continue
        _, others = found.get(key, ("", ()))  # of another name with the same key
        here = [place[ident] for ident in idents if ident in place]
        found[key] = name, tuple(dict.fromkeys((*others, *here)))
    return {key: one for key, one in found.items() if 0 < len(one[1]) <= _MOST_DEFINERS}


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
    own = count - len(graph.vendored)
    starts = [1.0 / (own or count)] * count
    for at in graph.vendored if own else ():
        starts[at] = 0.0
    ranks = starts
    for _ in range(_ROUNDS):
        found = [0.0] * count
        flowing = [FOLLOWED * rank for rank in ranks]
        for source, target, weight in zip(graph.sources, graph.targets, graph.weights, strict=True):
            found[target] += flowing[source] * weight
        rest = 1.0 - sum(found)  # what nobody followed, and what leads nowhere
        found = [flowed + rest * start for flowed, start in zip(found, starts, strict=True)]
        moved = sum(abs(new - old) for new, old in zip(found, ranks, strict=True))
        ranks = found
        if moved < _PRECISE:
            break
    return ranks
