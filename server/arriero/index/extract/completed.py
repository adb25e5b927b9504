"""What a tree with errors does not tell, added from the text's lines.

What the tree has found stays. Where a definition that was added ends, and what it is in, is told
by indentation; where that contradicts a definition of the tree that goes on too far, as one whose
bracket is missing does, it ends earlier.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from arriero.index.extract.barelines import LONGEST_LINE, bare_lines
from arriero.index.extract.heads import (
    KEYWORDS,
    MAKER,
    MEMBER,
    OUTER,
    PART,
    SCOPE,
    VALUE,
    Head,
    heads,
    indentation,
    is_known,
)
from arriero.index.extract.reaches import HOLDS, TYPES, Item, tell_ends, tell_reaches
from arriero.index.extract.types import Definition
from arriero.index.extract.yamlkeys import keys

_PROTOTYPE = "prototype"
_CALLED = frozenset(("constructor", "function", "method"))
_SPLIT = _CALLED | TYPES
_CONSTRUCTED = frozenset(("csharp", "java"))
_MOST_ABOVE = 20  # lines from where a definition begins to its name, as with annotations
_DIRECTIVE = re.compile(r"\s*#")
_DIRECTED = frozenset(("c", "cpp", "csharp"))
_WITH_PROTOTYPES = frozenset(("c", "cpp"))
_HAS_ENDED = re.compile(r"[;{]")


def completed(
    definitions: Sequence[Definition],
    lines: Sequence[str],
    language: str,
    regions: Sequence[tuple[int, int]],
) -> list[Definition]:
    """Return the definitions of a tree, and what lines in the damaged regions define besides."""
    if language == "yaml":
        return _with_keys(definitions, lines)
    if not regions or not is_known(language):
        return list(definitions)
    wanted = [False] * (len(lines) + 1)
    for first, last in regions:
        wanted[first : last + 1] = [True] * (min(last, len(lines)) + 1 - first)
    bare = bare_lines(lines, language)
    known = [_known(one, lines) for one in definitions]
    named = {(one.name, one.line) for one, _ in known}
    new = [one for one in heads(bare, language, wanted) if (one.name, one.line) not in named]
    begun = {one.line for one in new}
    definitions, known = _without_keywords(definitions, known, begun)
    if language in _DIRECTED:
        bare = ["" if _DIRECTIVE.match(line) else line for line in bare]
    merge = _Merge(bare, language, wanted)
    return merge.merged(definitions, known, new) if known or new else []


def _with_keys(definitions: Sequence[Definition], lines: Sequence[str]) -> list[Definition]:
    """Return the keys of a tree and those of the lines; of a broken text few keys are in a tree."""
    found = {(one.line, one.name): one for one in (*keys(lines), *definitions)}
    return [found[place] for place in sorted(found)]


def _without_keywords(
    definitions: Sequence[Definition], known: Sequence[tuple[Head, int]], begun: Collection[int]
) -> tuple[list[Definition], list[tuple[Head, int]]]:
    """Leave out what is no name where a line begins something else."""
    kept = [
        (one, head)
        for one, head in zip(definitions, known, strict=True)
        if one.name not in KEYWORDS or head[0].line not in begun
    ]
    return [one for one, _ in kept], [head for _, head in kept]


def _known(definition: Definition, lines: Sequence[str]) -> tuple[Head, int]:
    """Return a definition of the tree as a line would have it, where its name is; and its line."""
    first = definition.line
    for line in range(first, min(first + _MOST_ABOVE, definition.end_line) + 1):
        text = lines[line - 1]
        column = text.find(definition.name) if len(text) <= LONGEST_LINE else -1
        if column >= 0:
            break
    else:
        line, column = first, 0
    head = Head(
        definition.name, definition.kind, line, indentation(lines[first - 1]), column,
        definition.container,
    )  # fmt: skip
    return head, first


class _Merge:
    """One sweep over what was found and what is added, in the order of their places."""

    def __init__(self, bare: Sequence[str], language: str, wanted: Sequence[bool]) -> None:
        self._bare = bare
        self._language = language
        self._wanted = wanted
        self._before = [0]  # for each line the last one up to it that has something
        for number, line in enumerate(bare, 1):
            self._before.append(number if line and not line.isspace() else self._before[-1])
        self._open: list[Item] = []
        self._ended: dict[str, int] = {}  # what ends earlier than the tree had it, and that line
        self._found: list[Item] = []

    def merged(
        self,
        definitions: Sequence[Definition],
        known: Sequence[tuple[Head, int]],
        new: Sequence[Head],
    ) -> list[Definition]:
        """Return all of them that hold, in order."""
        items = [
            Item(head, head.kind, own.end_line, own.end_line, own.container, own)
            for own, (head, _) in zip(definitions, known, strict=True)
        ]
        items += [Item(head, head.kind, head.line, head.line) for head in new]
        for before, one in pairwise(items):  # the order of the tree stays
            if before.own and one.own and before.own.line == one.own.line:
                column = max(before.head.column, one.head.column)
                one.head = one.head._replace(column=column)
        items.sort(key=lambda one: (one.own.line if one.own else one.head.line, one.head.column))
        tell_reaches(items, self._bare, self._wanted)
        if self._language == "sql":
            tell_ends(items, self._bare)
        for item in items:
            self._take(item)
        return [
            Definition(
                one.head.name, one.kind, one.own.line if one.own else one.head.line, one.end,
                one.container,
            )
            for one in self._found
        ]  # fmt: skip

    def _take(self, item: Item) -> None:
        line = item.head.line
        kept = self._kept(item)
        around = self._open[kept - 1] if kept else None
        if item.is_added and not self._holds(item, around):
            return
        self._close(kept, line)
        if item.is_added:
            if around is not None:
                item.reach = max(line, min(item.reach, around.reach))
                item.end = min(item.end, item.reach)
                item.container = item.container or around.head.name
        elif self._is_elsewhere(item, around):
            self._move(item, around)
        self._open.append(item)
        if item.kind != SCOPE:
            self._found.append(item)
        for outer in reversed(self._open[:-1]):
            end = min(item.end, outer.reach)
            if end <= outer.end:
                break
            outer.end = end

    def _is_elsewhere(self, item: Item, around: Item | None) -> bool:
        """Tell whether a definition of the tree is in something else than the tree knew."""
        if around is not None and around.is_added and item.container in ("", around.container):
            return True
        line = item.head.line
        return self._wanted[line] and self._ended.get(item.container, 0) >= line

    def _kept(self, item: Item) -> int:
        """Return how many of what is open an item is in."""
        line, here = item.head.line, item.head.indentation
        for kept in range(len(self._open), 0, -1):
            top = self._open[kept - 1]
            is_beside = (
                here <= top.head.indentation
                and top.head.line < line
                and (top.kind != "module" or (item.kind == "module" and top.end > top.head.line))
                and (item.is_added or top.is_added or self._is_too_long(top, item))
            )
            if top.reach >= line and not is_beside:
                return kept
        return 0

    def _close(self, kept: int, line: int) -> None:
        """End all but so many of what is open before a line."""
        while len(self._open) > kept:
            top = self._open.pop()
            if top.reach < line:
                if top.kind == SCOPE:  # that of the tree may go on
                    self._ended[top.head.name] = len(self._bare)
            elif top.end >= line:
                self._ended[top.head.name] = top.end
                top.end = max(top.head.line, self._before[line - 1])

    def _is_too_long(self, top: Item, item: Item) -> bool:
        """Tell whether one definition of the tree stands in another one only by mistake."""
        if not self._wanted[item.head.line] or item.kind not in _SPLIT:
            return False
        return top.kind in _CALLED or (top.kind in TYPES and item.kind in TYPES)

    def _holds(self, item: Item, around: Item | None) -> bool:
        """Tell whether a line defines something where it stands, and give it its kind."""
        kind, head = item.kind, item.head
        is_member = around is not None and around.kind in TYPES and self._is_direct(item, around)
        if kind == MAKER:
            if not is_member or around is None or head.name != around.head.name:
                return False
            item.kind = MAKER if self._language in _CONSTRUCTED else MEMBER
            return True
        if kind in (MEMBER, PART, _PROTOTYPE):
            item.kind = MAKER if head.name == "init" and self._language == "swift" else kind
            return is_member
        if kind == VALUE or kind.startswith(OUTER):
            is_outer = (
                not head.indentation
                if around is None
                else around.kind in HOLDS and self._is_direct(item, around)
            )
            if not is_outer:
                return False
            item.kind = kind.removeprefix(OUTER)
            item.container = head.container
        else:
            item.container = head.container
        if item.kind == "function" and is_member:
            item.kind = "method"
        if item.kind in _CALLED and (last := self._declared(head.line)):
            item.kind = _PROTOTYPE
            item.end = item.reach = last
        elif item.kind == VALUE:
            item.kind = "field" if is_member else "constant" if head.name.isupper() else VALUE
        return True

    def _declared(self, line: int) -> int:
        """Return the line of the semicolon that ends a function of C without a body, 0 if none."""
        if self._language not in _WITH_PROTOTYPES:
            return 0
        for number in range(line, min(line + _MOST_ABOVE, len(self._bare)) + 1):
            end = _HAS_ENDED.search(self._bare[number - 1])
            if end is not None:
                return number if end[0] == ";" else 0
        return 0

    def _is_direct(self, item: Item, around: Item) -> bool:
        here = item.head.indentation
        if around.kind == "module" and here <= around.head.indentation:
            return True
        return around.body < 0 or here <= around.body

    def _move(self, item: Item, around: Item | None) -> None:
        """Give a definition of the tree to what it stands in, which the tree did not know."""
        item.container = around.head.name if around else ""
        is_member = around is not None and around.kind in TYPES
        if is_member and item.kind == "function":
            item.kind = "method"
        elif is_member and item.kind in ("constant", "variable"):
            item.kind = "field"
        elif around is None and item.kind == "method":
            item.kind = "function"
