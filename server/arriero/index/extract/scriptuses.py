"""Which names JavaScript uses: what it calls, makes, imports, gives on and inherits from."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from arriero.index.extract.scripttext import ScriptText
from arriero.index.extract.types import Reference

# In a text that is read backwards: what stands before an open bracket, and what before that.
_CALLED = re.compile(r"\(\s*(?:\.\?)?([\w$]+#?)(\s+(?:noitcnuf|wen)\b)?")
_NO_CALLS = frozenset(
    (
        "if", "for", "while", "switch", "catch", "function", "return", "typeof", "await", "in",
        "of", "void", "delete", "case", "throw", "new", "else", "super", "import", "do", "yield",
        "instanceof", "with", "async", "let", "const", "var", "default", "extends",
    )
)  # fmt: skip
# Each begins with a letter, which is what the search for them is fast by.
_GIVEN = re.compile(
    r"new\s+([\w$.]+)(?!\s*[\w$.(])"
    r"|import\b(?!\s*\()([^;(=0]*)|export\s*(\{[^;(=0]*)"
    r"|extends\s+([\w$.]+)(?=\s*\{)"
)
_IMPORTED = re.compile(r"\bas\s+[\w$]+")
_NAME = re.compile(r"[A-Za-z_$\u0080-\uffff][\w$]*")


def uses(text: ScriptText, heads: Container[int]) -> list[Reference]:
    """Return the names that are used, each once per line, in no order.

    `heads` are the places of brackets that hold parameters.
    """
    bare = text.bare
    found = dict.fromkeys(_called(text, heads))
    line = seen = 0
    for match in _GIVEN.finditer(bare):
        line, seen = line + bare.count("\n", seen, match.start()), match.start()
        before = bare[seen - 1] if seen else " "
        if before.isalnum() or before in "_$.#":  # part of a name, or a member
            continue
        if match[2] is None and match[3] is None:
            found[(match[1] or match[4]).rpartition(".")[2], line + 1] = None
        else:
            found.update(dict.fromkeys(_listed(match[0], line + 1)))
    return [one for one in found if one[0] and not one[0][0].isdigit()]


def _called(text: ScriptText, heads: Container[int]) -> Iterator[Reference]:
    line, seen = text.bare.count("\n") + 1, 0
    backwards = text.backwards
    last = len(backwards) - 1
    for match in _CALLED.finditer(backwards):
        start = match.start()
        name = match[1][::-1]
        if name in _NO_CALLS or last - start in heads:
            continue
        line, seen = line - backwards.count("\n", seen, match.end(1)), match.end(1)
        yield name, line


def _listed(text: str, line: int) -> Iterator[Reference]:
    """Yield what an import or an export names."""
    begin, _, listed = text.partition("{")
    if text.startswith("import"):
        for name in _NAME.findall(begin.replace("*", " ").replace(" as ", " ")):
            if name not in ("import", "from", "type", "typeof"):
                yield name, line
    inside = listed.partition("}")[0]
    for number, part in enumerate(inside.split("\n"), line + begin.count("\n")):
        for name in _NAME.findall(_IMPORTED.sub("", part)):
            yield name, number
