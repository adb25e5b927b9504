"""Where a name is defined and used: the index says what defines it, the texts of now say where."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from arriero.index.composed import composed, ways_to_write
from arriero.index.extract.patterns import defined_by_pattern
from arriero.index.extract.plain import lines_of
from arriero.index.grep import Pattern
from arriero.index.languages import language_of
from arriero.index.paths import absolute
from arriero.index.reader import Snapshot

_MOST = 200
_PARTS = re.compile(r"::|->|[.#/]")
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Asked:
    """A name to look for, and the one that it was qualified by, such as a class, or "".

    `whole` is all of it as it was written: `tool.ruff.lint` and `.card` are names as well.
    """

    name: str
    container: str = ""
    whole: str = ""


@dataclass(frozen=True)
class Definition:
    """A definition as it was when its file was indexed: lines from 1, `end_line` included."""

    path: str
    name: str
    kind: str
    line: int
    end_line: int
    container: str

    def is_in(self, container: str) -> bool:
        """Tell whether this is what `container` alone or as the last of its names contains."""
        return _PARTS.split(self.container)[-1] == container

    @property
    def said(self) -> str:
        """What it is, in words."""
        inside = f" in {self.container}" if self.container else ""
        return f"defines {self.kind} {self.name}{inside}"


def read_name(text: str) -> Asked:
    """Understand `name`, `name()`, `Class.name`, `module::name`."""
    bare = composed(text.strip().rstrip("()"))
    parts = [part for part in _PARTS.split(bare) if part.strip()]
    if not parts:
        return Asked("")
    return Asked(parts[-1].strip(), parts[-2].strip() if len(parts) > 1 else "", bare)


def definitions(snapshot: Snapshot, asked: Asked) -> list[Definition]:
    """Return what is defined under a name, as it is written if there is such a one.

    First what its container has: of a common name there are more than are returned.
    """
    names = dict.fromkeys(filter(None, (asked.whole, asked.name)))
    return next(filter(None, (_defined(snapshot, name, asked.container) for name in names)), [])


def _defined(snapshot: Snapshot, name: str, container: str) -> list[Definition]:
    rows = snapshot.db.execute(
        "SELECT f.path, d.name, d.kind, d.line, d.end_line, d.container FROM defs AS d "
        "JOIN files AS f ON f.id = d.file WHERE d.name = ?1 COLLATE NOCASE "
        "ORDER BY d.name != ?1, instr(d.container, ?2) = 0, f.path, d.line LIMIT ?3",
        (name, container, _MOST),
    )
    found = [Definition(absolute(snapshot.root, row[0]), *row[1:]) for row in rows]
    if any(one.name == name for one in found):
        found = [one for one in found if one.name == name]
    return found


def uses(names: Iterable[str]) -> Pattern:
    """Return the pattern of lines with one of these names as a whole word."""
    forms = dict.fromkeys(form for name in names for form in ways_to_write(name))
    return Pattern("|".join(map(_bounded, forms)))


def defined_now(path: str, text: str, names: Collection[str]) -> list[Definition]:
    """Return where a text that is not the file's defines some names, as far as patterns tell.

    To parse it would hold the interpreter for too long.
    """
    found = defined_by_pattern(lines_of(text), language_of(path, text)) or ()
    return [
        Definition(path, one.name, one.kind, one.line, one.end_line, one.container)
        for one in found
        if one.name in names
    ]


def confirmed(
    known: Sequence[Definition], lines: Mapping[str, Sequence[int]]
) -> list[tuple[Definition, int]]:
    """Return each definition with the line that it is in now.

    `lines` are, for each path, the numbers of the lines with the name. What was typed since may
    have moved a definition: it is the nearest such line. One that has none is gone.
    """
    placed: list[tuple[Definition, int]] = []
    taken: set[tuple[str, int]] = set()
    for one in known:
        free = [line for line in lines.get(one.path, ()) if (one.path, line) not in taken]
        if free:
            line = min(free, key=lambda place: (abs(place - one.line), place))
            taken.add((one.path, line))
            placed.append((one, line))
    return placed


def _bounded(name: str) -> str:
    before = r"\b" if _WORD.match(name[:1]) else ""
    after = r"\b" if _WORD.match(name[-1:]) else ""
    return f"{before}{re.escape(name)}{after}"
