"""New lines given the indentation of the place where they go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

_UNITS = (4, 2, 8, 3)  # widths that a tab may stand for, the commonest first


def indentation(line: str) -> str:
    """Return the blanks at the start of a line."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def reindented(given: Sequence[str], found: Sequence[str], new: Sequence[str]) -> list[str] | None:
    """Return `new` indented as `found` is where it was written to go with `given`.

    `given` and `found` are the same lines but for the blanks at their start. None if these do not
    differ in one way throughout, or if that way says nothing about a line of `new`.
    """
    pairs = {
        (indentation(a), indentation(b)) for a, b in zip(given, found, strict=True) if a.strip()
    }
    indents = {indentation(line) for line in new if line.strip()}
    for rule in _rules(pairs):
        moved = {indent: rule(indent) for indent in indents}
        if None not in moved.values():
            return [
                (moved[indentation(line)] or "") + line.lstrip(" \t") if line.strip() else line
                for line in new
            ]
    return None


def _rules(pairs: set[tuple[str, str]]) -> Iterable[Callable[[str], str | None]]:
    """Yield the ways from the given indentation to the found one that explain every pair."""
    if not pairs:
        return
    given, found = min(pairs, key=lambda pair: len(pair[0]))
    more = found[: len(found) - len(given)]
    if all(b == more + a for a, b in pairs):
        yield lambda indent: more + indent
    less = given[: len(given) - len(found)]
    if all(a == less + b for a, b in pairs):
        yield lambda indent: indent[len(less) :] if indent.startswith(less) else None
    table = dict(pairs)
    if len(table) == len(pairs):
        units = sorted(_UNITS, key=lambda unit: _levels(given, unit) != _levels(found, unit))
        for unit in units:
            if (rule := _by_levels(pairs, unit)) is not None:
                yield rule
        yield table.get


def _by_levels(pairs: set[tuple[str, str]], unit: int) -> Callable[[str], str | None] | None:
    """Return the rule that turns spaces into tabs or back, some levels deeper or less deep."""
    to_tabs = all(set(a) <= {" "} and set(b) <= {"\t"} for a, b in pairs)
    to_spaces = all(set(a) <= {"\t"} and set(b) <= {" "} for a, b in pairs)
    if not (to_tabs or to_spaces):
        return None
    deeper = {_levels(b, unit) - _levels(a, unit) for a, b in pairs}
    if len(deeper) != 1:
        return None
    (shift,) = deeper
    step = "\t" if to_tabs else " " * unit

    def rule(indent: str) -> str | None:
        level = _levels(indent, unit) + shift
        mixed = set(indent) - ({" "} if to_tabs else {"\t"})
        return None if mixed or level < 0 or level != int(level) else step * int(level)

    return rule


def _levels(indent: str, unit: int) -> float:
    return indent.count("\t") + indent.count(" ") / unit
