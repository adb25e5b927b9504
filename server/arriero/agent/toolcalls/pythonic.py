"""Calls written as Python: `[read_file(path="a"), list_directory()]`, or one call by itself."""

from __future__ import annotations

import ast
import re
from typing import Any

from arriero.agent.toolcalls.cursor import Cursor, Steps
from arriero.agent.toolcalls.extent import extent
from arriero.agent.toolcalls.results import BrokenCall, FoundCall, Item, Names
from arriero.agent.toolcalls.shapes import UNTERMINATED

LONGEST_NAME = 40
_TRIES = 5
NAME = re.compile(r"[A-Za-z_][\w.]*")

# One without an end takes all that is left: to look from its next quotation mark again, and again
# to the end, would take the square of the text's length.
_STRING = re.compile(
    r"\"{3}.*?\"{3}|'{3}.*?'{3}"
    r"|\"(?:[^\"\\]|\\.)*(?:\"|\\?\Z)|'(?:[^'\\]|\\.)*(?:'|\\?\Z)",
    re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:[\\'\"abfnrtv\n]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}|(.))", re.DOTALL
)
_CONSTANTS = {"true": True, "false": False, "null": None}


def python_calls(c: Cursor, names: Names) -> Steps[tuple[Item, ...]]:
    """Read the call or list of calls that begins here; () if none is of an offered tool.

    A call by itself may stand within `print(...)`. Does not move where there is none.
    """
    start = c.pos
    first = yield from _first_name(c)
    if first is None or names.known(first) is None:
        c.pos = start
        return ()
    value = yield from extent(c)
    text = c.text[start : c.pos]
    name = names.known(first) or first
    if value.cut:
        return (BrokenCall(name, text, UNTERMINATED),)
    try:
        return _calls(_parsed(_STRING.sub(_plain, text + value.missing).strip()), names)
    except (SyntaxError, SystemError, TypeError, ValueError, RecursionError, MemoryError) as error:
        reason = f"The call cannot be read ({error}). Send it again with named, quoted arguments."
        return (BrokenCall(name, text, reason),)


def _parsed(source: str) -> ast.expr:
    """Return the tree of an expression; raises what `ast.parse` does.

    See `late_import` for what two threads that parse at a time make of each other; what failed so
    is parsed again.
    """
    for _ in range(_TRIES - 1):
        try:
            return ast.parse(source, mode="eval").body
        except SystemError:
            continue
    return ast.parse(source, mode="eval").body


def _first_name(c: Cursor) -> Steps[str | None]:
    """Return the first function's name and move to the bracket that the whole value begins with."""
    start = bracket = c.pos
    if (yield from c.have(1)) == "[":
        c.pos += 1
        yield from c.spaces(16)
    name = yield from c.word(NAME, LONGEST_NAME)
    if name == "print":
        c.pos += len(name)
        bracket = c.pos
        if (yield from c.have(1)) != "(":
            return None
        c.pos += 1
        yield from c.spaces(16)
        name = yield from c.word(NAME, LONGEST_NAME)
    if not name:
        return None
    c.pos += len(name)
    if (yield from c.have(1)) != "(":
        return None
    if c.text[start] == "[":
        c.pos = start
    else:
        c.pos = bracket if bracket > start else c.pos
    return name


def _plain(match: re.Match[str]) -> str:
    """Write a string so that Python reads it: raw newlines and odd backslashes are models' own."""
    token = match[0]
    if not token.startswith(('"""', "'''")):
        token = token.replace("\r", "\\r").replace("\\\n", "\\n").replace("\n", "\\n")
    return _ESCAPE.sub(lambda m: m[0] if m[1] is None else "\\\\" + m[1], token)


def _calls(tree: ast.expr, names: Names) -> tuple[Item, ...]:
    entries = tree.elts if isinstance(tree, (ast.List, ast.Tuple)) else [tree]
    items: list[Item] = []
    for entry in entries:
        call = entry
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "print" and call.args:
            call = call.args[0]
        if not isinstance(call, ast.Call):
            raise TypeError("not a list of calls")
        items.append(_call(call, names))
    return tuple(items)


def _call(call: ast.Call, names: Names) -> Item:
    said = ast.unparse(call.func)
    name = names.known(said)
    text = ast.unparse(call)
    if name is None:
        tools = ", ".join(sorted(names.offered))
        return BrokenCall(said, text, f"There is no tool '{said}' here. The tools are: {tools}.")
    arguments: dict[str, Any] = {}
    if call.args:
        order = names.positional(name, len(call.args))
        if order is None:
            return BrokenCall(name, text, "Give every argument by its name: f(path='...').")
        arguments.update(zip(order, map(_literal, call.args), strict=True))
    for keyword in call.keywords:
        value = _literal(keyword.value)
        if keyword.arg is not None:
            arguments[keyword.arg] = value
        elif isinstance(value, dict):
            arguments.update(value)
    return FoundCall(name, arguments)


class _Constants(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(_CONSTANTS[node.id]) if node.id in _CONSTANTS else node


def _literal(node: ast.expr) -> Any:
    return ast.literal_eval(_Constants().visit(node))
