"""Which file vouches for which: edges over the names that are used, and the rank along them."""

from __future__ import annotations

import math
import re
import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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
    for ident, blob in db.execute("SELECT file, names FROM refs"):
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
        total = sum([out[target] for target in strongest])
        is_own = here not in vendored
        for target in strongest:
            sources.append(here)
            targets.append(target)
            part = _FOREIGN if is_own and target in vendored else 1.0
            weights.append(part * out[target] / total)
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
    definers, weight_of = _definers(db, place)
    users: Counter[int] = Counter()
    for (blob,) in db.execute("SELECT names FROM refs"):
        users.update(filter(definers.__contains__, _used(blob)[0]))
    known: dict[str, dict[int, _Name]] = {}
    for key, count in users.items():
        defining = definers[key]
        weight = weight_of[key] * math.log(1 + len(worlds) / count) / len(defining)
        for world in {worlds[one] for one in defining}:  # in another one it is equal by chance
            here = tuple([one for one in defining if worlds[one] == world])
            programs = tuple([one for one in here if not tests[one]])
            known.setdefault(world, {})[key] = _Name(weight, here, programs)
    return known


def _used(blob: bytes) -> tuple[array[int], list[float]]:
    """Return the keys of the names that a file uses, and for each the root of how often."""
    count = len(blob) // 5
    return unpacked(blob[: 4 * count]), [_ROOTS[times] for times in blob[4 * count :]]


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
    db: sqlite3.Connection, place: Mapping[int, int]
) -> tuple[dict[int, tuple[int, ...]], dict[int, float]]:
    """Return which files define the names by which they are known, and how much each name tells."""
    files: dict[int, tuple[int, ...]] = {}
    weight_of: dict[int, float] = {}
    for ident, name, kind in db.execute("SELECT file, name, kind FROM defs"):
        here = place.get(ident)
        key = name_key(name)
        known = files.get(key, ())
        if here is None or kind in _NO_NAMES or len(known) > _MOST_DEFINERS or here in known:
            continue
        if name in _METHODS:
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
