"""Names that somebody types a part of, and where in the texts of now they are defined."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from arriero.index.composed import composed, ways_to_write
from arriero.index.defined import first_by_path
from arriero.index.likeness import EXACT, Rank, rank
from arriero.index.names import in_order, steps
from arriero.index.overlay import LaidText
from arriero.index.paths import absolute
from arriero.index.reader import NoIndex, Snapshot
from arriero.index.symbols import Definition
from arriero.index.texts import Texts
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.confine import Confinement
from arriero.workspace.excerpt import plain_lines
from arriero.workspace.ignore import OwnRules

LONGEST = 200  # characters: what is longer is the beginning of no name
_MOST_READ = 1_000  # definitions of one name, or in one container
_MOST_OF_A_NAME = 40  # definitions of one name, before those of others
_SPARE = 50  # definitions for those that are not in the texts any more
_IMPORTANT_FILES = 40  # whose names stand for all where nothing was typed
_LESS = {"prototype": 1, "variable": 1, "field": 1, "heading": 2, "key": 3}
_COLUMNS = "SELECT f.path, d.name, d.kind, d.line, d.end_line, d.container FROM defs AS d "
_JOINED = "JOIN files AS f ON f.id = d.file "


class Stopped(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True)
class Typed:
    """What was typed of a name, and of what contains it, as in `Class.method`; or ""."""

    name: str
    container: str = ""


@dataclass(frozen=True)
class Placed:
    """A definition whose name is in `text`, its line of now: code points from 0, end excluded.

    `line` is from 0. A name that is not written there in one piece has no place.
    """

    definition: Definition
    line: int
    start: int
    end: int
    text: str


def read_typed(query: str) -> Typed | None:
    """Understand what an editor's user types; None if no name can be meant."""
    bare = composed("".join(query.split()).rstrip("()"))
    parts = [part for part in re.split(r"::|->|[.#/]", bare) if part]
    if len(bare) > LONGEST or not bare.isprintable() or (bare and not parts):
        return None
    if not parts:
        return Typed("")
    return Typed(parts[-1], parts[-2] if len(parts) > 1 else "")


def named(
    index: WorkspaceIndex,
    typed: Typed,
    limit: int,
    left_out: Sequence[str] = (),
    stopped: Callable[[], bool] = lambda: False,
) -> list[tuple[Rank, Placed]]:
    """Return what is defined under names like that, the best first. Blocks.

    `left_out` are patterns, as in an ignore file, of what is not shown. Raises `Stopped` when
    `stopped` tells so.
    """
    laid = index.overlay.texts()
    rules = OwnRules(index.root, left_out) if left_out else None
    shown = {path: text for path, text in laid.items() if _is_shown(rules, path)}
    try:
        with index.reader.read() as snapshot:
            found = _known(snapshot, typed, limit, lambda path: _is_shown(rules, path), stopped)
    except NoIndex:
        found = []
    if typed.name:
        found = [*_without(found, shown), *_of_buffers(shown, typed)]
    found.sort(key=lambda one: (one[0], _place(one[1])))
    ranks = {id(one): fit for fit, one in found}
    placed = _placed(index.root, laid, [one for _, one in found[: limit + _SPARE]], stopped)
    return [(ranks[id(one.definition)], one) for one in placed[:limit]]


def _known(
    snapshot: Snapshot,
    typed: Typed,
    limit: int,
    is_shown: Callable[[str], bool],
    stopped: Callable[[], bool],
) -> list[tuple[Rank, Definition]]:
    """Return what the index knows under the names that fit best."""
    if not typed.name:
        return _important(snapshot, limit, is_shown)
    if typed.container:
        return _contained(snapshot, typed, is_shown)
    found: list[tuple[Rank, Definition]] = []
    fits: dict[str, Rank | None] = {}  # of names that are not looked up yet; else None
    for read, worst in steps(snapshot, typed.name):
        fits.update({name: rank(typed.name, name) for name in read if name not in fits})
        ranked = []
        for name in dict.fromkeys(read):
            fit = fits[name]
            if fit is not None and fit[0] <= worst:
                fits[name] = None
                ranked.append((fit, name))
        ranked.sort()
        if stopped():
            raise Stopped
        for fit, name in ranked:
            of_name = 0
            for one in _definitions(snapshot, name):
                if not is_shown(one.path):
                    continue
                found.append((fit, one))
                of_name += 1
                if of_name == (limit + _SPARE if fit[0] == EXACT else _MOST_OF_A_NAME):
                    break
            if len(found) >= limit + _SPARE:
                return found
    return found


def _contained(
    snapshot: Snapshot, typed: Typed, is_shown: Callable[[str], bool]
) -> list[tuple[Rank, Definition]]:
    """Return what fits in what fits what contains it: few enough to look at all."""
    rows = snapshot.db.execute(
        f"{_COLUMNS}{_JOINED}WHERE d.name LIKE ? ESCAPE '!' AND d.container LIKE ? ESCAPE '!' "
        "ORDER BY length(d.name) + length(d.container), f.path, d.line, d.rowid LIMIT ?",
        ("%" + in_order(typed.name), "%" + in_order(typed.container), _MOST_READ),
    )
    found = []
    for row in rows:
        one = Definition(absolute(snapshot.root, row[0]), *row[1:])
        fit = rank(typed.name, one.name)
        if fit is not None and _fits_container(typed, one) and is_shown(one.path):
            found.append((fit, one))
    return found


def _definitions(snapshot: Snapshot, name: str) -> list[Definition]:
    rows = first_by_path(snapshot, name, _MOST_READ)
    found = [Definition(absolute(snapshot.root, row[0]), *row[1:]) for row in rows]
    return sorted(found, key=_place)


def _important(
    snapshot: Snapshot, limit: int, is_shown: Callable[[str], bool]
) -> list[tuple[Rank, Definition]]:
    """Return what is defined in the files that others lean on most, of the outermost."""
    from arriero.index.ranks import Ranks

    found: list[tuple[Rank, Definition]] = []
    for place, (stored, _) in enumerate(Ranks(snapshot.db).best(_IMPORTANT_FILES)):
        path = absolute(snapshot.root, stored)
        if not is_shown(path):
            continue
        rows = snapshot.db.execute(
            f"{_COLUMNS}{_JOINED}WHERE f.path = ? AND d.container = '' ORDER BY d.line LIMIT ?",
            (stored, limit),
        )
        for row in rows:
            one = Definition(path, *row[1:])
            if not _LESS.get(one.kind):
                found.append(((place, 0, 0, ""), one))
    return found[: limit + _SPARE]


def _of_buffers(shown: Mapping[str, LaidText], typed: Typed) -> list[tuple[Rank, Definition]]:
    found = []
    for path, text in shown.items():
        for one in text.defined:
            fit = rank(typed.name, one.name)
            if fit is not None:
                definition = Definition(path, *one)
                if _fits_container(typed, definition):
                    found.append((fit, definition))
    return found


def _without(
    found: Iterable[tuple[Rank, Definition]], shown: Mapping[str, LaidText]
) -> Iterator[tuple[Rank, Definition]]:
    """Yield what is not found in buffers as they are now."""
    now = {path: {one.name for one in text.defined} for path, text in shown.items()}
    for fit, one in found:
        if one.name not in now.get(one.path, ()):
            yield fit, one


def _placed(
    root: str,
    laid: Mapping[str, LaidText],
    wanted: Sequence[Definition],
    stopped: Callable[[], bool],
) -> list[Placed]:
    """Find the names in the texts of now; what is gone is left out."""
    of_path: dict[str, list[Definition]] = {}
    for one in wanted:
        of_path.setdefault(one.path, []).append(one)
    places: dict[int, Placed] = {}
    with Texts(Confinement([root]), laid) as texts:
        for path, text, _ in texts.each(of_path):
            if stopped():
                raise Stopped
            lines = plain_lines(text)
            taken: set[int] = set()
            for one in of_path[path]:
                place = _in_lines(one, lines, taken)
                if place is not None:
                    taken.add(place.line)
                    places[id(one)] = place
    return [places[id(one)] for one in wanted if id(one) in places]


def _in_lines(one: Definition, lines: Sequence[str], taken: set[int]) -> Placed | None:
    """Return where a name is: in its line, else in the nearest one that nothing else has taken."""
    forms = ways_to_write(one.name)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")
    at = one.line - 1
    matched = pattern.search(lines[at]) if 0 <= at < len(lines) else None
    if matched is None:
        having = [n for n, line in enumerate(lines) if any(form in line for form in forms)]
        free = [n for n in having if n not in taken]
        free = [n for n in free if pattern.search(lines[n])]
        if not free:
            return None
        at = min(free, key=lambda n: abs(n - one.line + 1))
        matched = pattern.search(lines[at])
    if matched is None:
        return None
    return Placed(one, at, matched.start(), matched.end(), lines[at])


def _fits_container(typed: Typed, one: Definition) -> bool:
    return not typed.container or rank(typed.container, one.container) is not None


def _is_shown(rules: OwnRules | None, path: str) -> bool:
    return rules is None or not rules.ignores(path, is_directory=False)


def _place(one: Definition) -> tuple[int, str, int]:
    return _LESS.get(one.kind, 0), one.path, one.line
