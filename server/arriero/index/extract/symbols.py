"""From captures to definitions and references.

Definitions are nodes of one tree: they stand in one another or apart. One sweep over the captures
in the order of their places, with a stack of the definitions that are open, gives each its name
(the innermost definition without one takes it) and its container. A `@path` is a name behind what
says its container, as `a::b::name`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

from tree_sitter import Node

from arriero.index.extract.types import Definition, Reference

_NAME, _CONTAINER, _REFERENCE, _SCOPE = "name", "container", "reference", "scope"
_PATH = "path"  # a name with what it belongs to before it, as in C++
_NO_DEFINITION = frozenset((_NAME, _CONTAINER, _REFERENCE, _PATH))
_GENERAL = {"function": 1, "class": 2, "type": 3, "field": 4, _SCOPE: 5, "variable": 6}
"""Of several kinds for one node the most special one holds; those not listed are special."""
_HOLDS_METHODS = frozenset(("class", "struct", "enum", "interface", _SCOPE))
_METHODS = frozenset(("method", "constructor"))
_NAMED_LAST = frozenset(("variable", _SCOPE))
_SEVERAL_NAMES = frozenset(("constant", "field", "variable"))
_KEY = "key"
_MOST_KEYS = 1_000  # of one file: more are data
_LONGEST_NAME = 200  # characters
_MOST_READ = 2_000  # bytes of a name that stands over several lines or with tags in it
_TAG = re.compile(r"<[^>]*>")


@dataclass
class _Open:
    """A definition whose end has not been reached yet."""

    kind: str
    start: int
    end: int
    line: int
    end_line: int
    outer: _Open | None = None
    name: str = ""
    container: str = ""


def symbols(
    captured: dict[str, list[Node]], source: bytes, lines: int
) -> tuple[list[Definition], list[Reference]]:
    """Return what is defined, in order, and what is used, each name once per line.

    `source` is the text that was parsed, `lines` is how many lines it has.
    """
    definitions, named = _definitions(_without_data(captured), source, lines)
    # node.text would ask the parser's input again, for each node
    used = dict.fromkeys(
        (node.start_point[0] + 1, source[node.start_byte : node.end_byte])
        for node in captured.get(_REFERENCE, ())
        if node.start_byte not in named
    )
    spelled = {name: name.decode("utf-8", "replace") for name in {name for _, name in used}}
    references = [
        (spelled[name], line)
        for line, name in sorted(used)
        if line <= lines and name and not name.isdigit()  # a name may be missing in broken code
    ]
    return definitions, references


def last_line(node: Node, lines: int) -> int:
    """Return the last line that a node has a character in, in a text of so many lines."""
    row, column = node.end_point
    return min(max(row + (column > 0), node.start_point[0] + 1), lines)


def _definitions(
    captured: dict[str, list[Node]], source: bytes, lines: int
) -> tuple[list[Definition], frozenset[int]]:
    found: dict[tuple[int, str], tuple[int, Definition]] = {}
    named = set()
    stack: list[_Open] = []
    opened = _opened(captured, lines)
    coming = next(opened, None)
    for start, is_name, node in _labels(captured):
        while coming is not None and coming.start <= start:
            _close(stack, coming.start)
            coming.outer = stack[-1] if stack else None
            stack.append(coming)
            coming = next(opened, None)
        _close(stack, start)
        if not stack:
            continue
        if not is_name:
            stack[-1].container = _name(source, node)
            continue
        taker = _taker(stack)
        if taker is None:
            continue
        named.add(start)
        taker.name = _name(source, node)
        if taker.name and taker.kind != _SCOPE:
            definition = _definition(taker)
            found.setdefault((definition.line, definition.name), (taker.start, definition))
    ordered = [each for _, each in sorted(found.values(), key=itemgetter(0))]
    return ordered, frozenset(named)


def _opened(captured: dict[str, list[Node]], lines: int) -> Iterator[_Open]:
    """Yield the definitions in the order of their places, the outer one first."""
    kinds: dict[tuple[int, int], tuple[str, Node]] = {}
    for kind, nodes in captured.items():
        if kind in _NO_DEFINITION or kind.startswith("_"):
            continue
        rank = _GENERAL.get(kind, 0)
        for node in nodes:
            place = node.start_byte, -node.end_byte
            other = kinds.get(place)
            if other is None or rank < _GENERAL.get(other[0], 0):
                kinds[place] = kind, node
    for (start, end), (kind, node) in sorted(kinds.items(), key=lambda item: item[0]):
        yield _Open(kind, start, -end, node.start_point[0] + 1, last_line(node, lines))


def _labels(captured: dict[str, list[Node]]) -> list[tuple[int, bool, Node]]:
    """Return names and explicit containers by place; is_name tells which it is."""
    labels = {node.start_byte: (True, node) for node in captured.get(_NAME, ())}
    for node in captured.get(_CONTAINER, ()):
        labels.setdefault(node.start_byte, (False, node))
    for node in captured.get(_PATH, ()):
        container, name = _parts(node)
        if container is not None:
            labels.setdefault(container.start_byte, (False, container))
        labels[name.start_byte] = True, name
    return [(start, *labels[start]) for start in sorted(labels)]


def _parts(path: Node) -> tuple[Node | None, Node]:
    """Return what a path says the name belongs to, and the name; both without arguments."""
    scope = None
    while path.type == "qualified_identifier":
        inner = path.child_by_field_name("name")
        if inner is None:
            break
        scope, path = path.child_by_field_name("scope"), inner
    if scope is not None:
        scope = scope.child_by_field_name("name") or scope
    return scope, path.child_by_field_name("name") or path


def _close(stack: list[_Open], at: int) -> None:
    while stack and stack[-1].end <= at:
        stack.pop()


def _taker(stack: list[_Open]) -> _Open | None:
    for each in reversed(stack):
        if not each.name:
            return each
    return stack[-1] if stack[-1].kind in _SEVERAL_NAMES else None


def _definition(named: _Open) -> Definition:
    kind, outer = named.kind, named.outer
    if kind == "field" and outer is not None and outer.kind in _METHODS:
        outer = outer.outer  # what a constructor is given and keeps
    while outer is not None and not outer.name and outer.kind in _NAMED_LAST:
        outer = outer.outer
    if kind == "function" and (
        named.container or (outer is not None and outer.kind in _HOLDS_METHODS)
    ):
        kind = "method"
    elif kind == "variable" and named.name.isupper():
        kind = "constant"
    container = named.container or (outer.name if outer is not None else "")
    return Definition(named.name, kind, named.line, named.end_line, container)


def _without_data(captured: dict[str, list[Node]]) -> dict[str, list[Node]]:
    if len(captured.get(_KEY, ())) <= _MOST_KEYS:
        return captured
    # They come pattern by pattern.
    kept = {kind: sorted(captured[kind], key=_start)[:_MOST_KEYS] for kind in (_KEY, _NAME)}
    return {**captured, **kept}


def _start(node: Node) -> int:
    return node.start_byte


def _name(source: bytes, node: Node) -> str:
    """Return a name as one would write it: in one line, without quotes and tags around it."""
    start = node.start_byte
    text = source[start : min(node.end_byte, start + _MOST_READ)].decode("utf-8", "replace")
    if text.isidentifier():  # as nearly all are
        return text[:_LONGEST_NAME]
    if text.startswith("<"):
        text = _TAG.sub(" ", text)
    text = " ".join(text.split())
    if node.type == text:  # a sign, or a word of the language
        text = _with_operator(source, node, text)
    elif node.type == "operator_cast":
        text = (text.rpartition("()")[0] or text).rstrip()
    elif node.type == "simple_symbol":
        text = text[1:]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        text = text[1:-1]
    return text[:_LONGEST_NAME]


def _with_operator(source: bytes, node: Node, sign: str) -> str:
    """Return what C# calls an operator or what ends an object; others have the sign alone."""
    before, after = node.prev_sibling, node.next_sibling
    if sign == "~" and after is not None:
        return sign + _name(source, after)
    return f"operator {sign}" if before is not None and before.type == "operator" else sign
