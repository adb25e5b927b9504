"""An outline of what matters in a workspace, within a budget: the files and what they define.

Equal files and an equal focus give equal bytes: nothing here depends on time or on the order in
which files were indexed. What is chosen is in the order of paths and lines, so that a small change
of focus changes little of the text.
"""

from __future__ import annotations

import functools
import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from arriero.index import precedents, signals
from arriero.index.keywords import keywords
from arriero.index.paths import relative
from arriero.index.ranks import Ranks
from arriero.index.reader import NoIndex, Snapshot
from arriero.index.schema import name_key
from arriero.index.workspace import WorkspaceIndex

_MOST_FILES = 200
_FEWEST_FILES, _FEWEST_TOKENS = 20, 10
_MOST_ENTRIES = 1_500
_MOST_LOOKED_AT = 500  # definitions of one file
_MOST_OF_A_FILE = 40
_GENERAL = 0.4  # the part of a file's importance that is everybody's view, where there is a focus
# How much each part of the focus weighs against the others.
_OPEN, _EDITED, _WORDED, _COMPANION = 1.0, 1.0, 0.6, 0.4
_KINDS = {"heading": 0.2, "key": 0.1, "selector": 0.1, "id": 0.1, "field": 0.3, "variable": 0.4,
          "prototype": 0.3, "constant": 0.6}  # fmt: skip
_LONGEST_NAME = 80
_MOST_OUTLINES = 1_000  # files whose outlines are kept for the next map, of all workspaces

# How much it is used against what is used most, name, kind, first and last line.
_Defined = tuple[float, str, str, int, int]
_outlines: dict[tuple[object, ...], Sequence[_Defined]] = {}


@dataclass(frozen=True)
class Focus:
    """What the user is at: absolute paths of open and of lately edited files, and words.

    `selected` is the file of the selection.
    """

    open_files: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    selected: str = ""
    words: str = ""


@dataclass(frozen=True)
class RepoMap:
    """The outline, and the absolute paths of the files in it, most important first."""

    text: str
    files: tuple[str, ...] = ()


class _Entry(NamedTuple):
    """A definition that may be shown, or with line 0 a file's name alone."""

    score: float
    path: str
    line: int = 0
    end_line: int = 0
    kind: str = ""
    name: str = ""

    @property
    def place(self) -> tuple[str, int, int, str]:
        """What sorts entries as they are written: what contains others before these."""
        return self.path, self.line, -self.end_line, self.name


def repo_map(
    index: WorkspaceIndex,
    budget_tokens: int,
    estimate: Callable[[str], int],
    focus: Focus | None = None,
) -> RepoMap:
    """Outline the files that matter most, in at most `budget_tokens` as `estimate` counts. Blocks.

    Empty where there is no index, or no room.
    """
    try:
        with index.reader.read() as snapshot:
            # A file takes a line, and few lines are of less than so many tokens.
            most = min(max(budget_tokens // _FEWEST_TOKENS, _FEWEST_FILES), _MOST_FILES)
            scores = _scores(snapshot, focus or Focus(), most)
            entries = _entries(snapshot, scores, min(budget_tokens // 3, _MOST_ENTRIES))
    except NoIndex:
        return RepoMap("")
    count, text = _fitting(entries, budget_tokens, estimate)
    prefix = index.root.rstrip("/") + "/"
    return RepoMap(text, tuple(dict.fromkeys(prefix + each.path for each in entries[:count])))


def _scores(snapshot: Snapshot, focus: Focus, most: int) -> dict[bytes, float]:
    """Return the most important files by stored name."""
    ranks = Ranks(snapshot.db)
    seeds = _seeds(snapshot, focus)
    if not seeds:
        return dict(ranks.best(most))
    mixed = ranks.mixed(seeds, _GENERAL, most)
    scores = {name: _GENERAL * own + (1 - _GENERAL) * close for name, (own, close) in mixed.items()}
    total = sum(seeds.values())
    missing = seeds.keys() - mixed.keys()
    for name in missing - ranks.of(missing).keys():
        # A file without a rank (it is new) is as near as the focus puts it.
        scores[name] = (1 - _GENERAL) ** 2 * seeds[name] / total
    best = sorted(scores, key=lambda name: (-scores[name], name))[:most]
    return {name: scores[name] for name in best}


def _seeds(snapshot: Snapshot, focus: Focus) -> dict[bytes, float]:
    seeds: dict[bytes, float] = {}

    def add(paths: Iterable[str], weight: float) -> None:
        names = [name for name in (relative(snapshot.root, path) for path in paths) if name]
        for name in names:
            seeds[name] = seeds.get(name, 0.0) + weight / len(names)

    add(focus.open_files, _OPEN)
    add(focus.edited, _EDITED)
    add([focus.selected] if focus.selected else [], _OPEN)
    companions = precedents.together(snapshot.db, list(seeds)[:8], 8)
    asked = keywords(focus.words)
    if asked.words:
        add([found.path for found in signals.named(snapshot, asked)[:8]], _OPEN)
        add([found.path for found in signals.symbols(snapshot, asked)[:8]], _WORDED)
        named_so = signals.named_alike(snapshot, asked)
        add([found.path for found in named_so[:8]], _WORDED)
    for name, weight, _ in companions:
        seeds[name] = seeds.get(name, 0.0) + _COMPANION * weight / len(companions)
    return {name: weight for name, weight in seeds.items() if snapshot.file(name) is not None}


def _entries(snapshot: Snapshot, scores: Mapping[bytes, float], most: int) -> list[_Entry]:
    """Return the `most` important things to show, the first one first."""
    outlines = _Outlines(snapshot, list(scores))
    entries: list[_Entry] = []
    best: list[float] = []  # a heap of the scores of those that are shown as things stand
    for path in sorted(scores, key=lambda path: (-scores[path], path)):
        score = scores[path]
        if len(best) >= most and (not best or best[0] > score):
            break  # neither this file nor a later one gets in
        shown = path.decode("utf-8", "backslashreplace")
        if not shown.isprintable():
            continue
        own = [_Entry(score, shown)]
        for place, (share, name, kind, line, end_line) in enumerate(outlines.of(path)):
            # Behind its file's name; the more of a file is shown, the less the rest tells.
            part = score * 0.999 * share / (1 + place / 8)
            if len(best) >= most and part < best[0]:
                break  # nor does what follows get in, as it tells less
            own.append(_Entry(part, shown, line, end_line, kind, name))
        entries += own
        for entry in own:
            heapq.heappush(best, entry.score)
        while len(best) > most:
            heapq.heappop(best)
    entries.sort(key=lambda each: (-each.score, each.path, each.line, each.name))
    return entries[:most]


class _Outlines:
    """What each of some files defines that is used most, the first one first."""

    def __init__(self, snapshot: Snapshot, paths: Sequence[bytes]) -> None:
        self._snapshot = snapshot
        self._ranks = Ranks(snapshot.db)
        self._idents = snapshot.idents(paths)

    def of(self, path: bytes) -> Sequence[_Defined]:
        """Return the outline of one of the files; empty where it is gone."""
        ident = self._idents.get(path)
        if ident is None:
            return ()
        # An id is never used twice in one database, and no focus changes what is used most.
        key = (self._snapshot.root, self._snapshot.meta["made"], ident, self._ranks.version)
        known = _outlines.pop(key, None)
        if known is None:
            known = _most_used(self._snapshot, self._ranks.uses(path), ident)
            while len(_outlines) >= _MOST_OUTLINES:  # the one that was not asked for for longest
                _outlines.pop(next(iter(_outlines)), None)
        _outlines[key] = known
        return known


def _most_used(snapshot: Snapshot, uses: Mapping[int, float], ident: int) -> Sequence[_Defined]:
    query = "SELECT name, kind, line, end_line FROM defs WHERE file = ? ORDER BY rowid LIMIT ?"
    rows = snapshot.db.execute(query, (ident, _MOST_LOOKED_AT)).fetchall()
    weights = [_weight(uses.get(name_key(row[0]), 0.0), row[1]) for row in rows]
    order = heapq.nsmallest(
        _MOST_OF_A_FILE, range(len(rows)), key=lambda at: (-weights[at], rows[at])
    )
    return [
        (weights[at] / weights[order[0]], name[:_LONGEST_NAME], kind, line, end_line)
        for at, (name, kind, line, end_line) in ((at, rows[at]) for at in order)
        if name.isprintable()
    ]


@functools.lru_cache(maxsize=4_000)
def _weight(use: float, kind: str) -> float:
    return float((use + 0.1) ** 0.5 * _KINDS.get(kind, 1.0))


def _fitting(
    entries: Sequence[_Entry], budget: int, estimate: Callable[[str], int]
) -> tuple[int, str]:
    """Return how many entries fit, from the first one on, and their text."""
    places = range(len(entries))
    in_order = sorted(places, key=lambda at: entries[at].place)
    least, most, best = 0, len(entries), ""
    while least < most:
        middle = (least + most + 1) // 2
        text = _rendered(entries[at] for at in in_order if at < middle)
        if estimate(text) <= budget:
            least, best = middle, text
        else:
            most = middle - 1
    return least, best


def _rendered(entries: Iterable[_Entry]) -> str:
    """Write entries that are in the order of their places, each file's name before the others."""
    lines = []
    around: list[int] = []  # the last lines of what is open
    for _, path, line, end_line, kind, name in entries:
        if not line:
            lines.append(f"{path}:\n")
            around = []
            continue
        while around and line > around[-1]:
            around.pop()
        lines.append(f"{'  ' * (1 + len(around))}{kind} {name}\n")
        around.append(end_line)
    return "".join(lines)
