"""Definitions by regular expression: for languages without a grammar, and when one fails."""

from __future__ import annotations

import re
from collections.abc import Sequence

from arriero.index.extract.types import Definition

_WORD = r"(?P<name>[A-Za-z_$][\w$]*)"
_LONGEST_LINE = 400  # characters: no definition begins in a longer one

_BRACES = (
    ("class", rf"(?:\w+\s+)*?(?:class|record|object|trait|actor)\s+{_WORD}"),
    ("interface", rf"(?:\w+\s+)*?(?:interface|protocol)\s+{_WORD}"),
    ("struct", rf"(?:\w+\s+)*?(?:struct|union)\s+{_WORD}\s*(?:[{{:<]|$)"),
    ("enum", rf"(?:\w+\s+)*?enum\s+(?:class\s+)?{_WORD}"),
    ("module", rf"(?:pub\s+)?(?:namespace|mod|module|package)\s+{_WORD}\s*\{{"),
    ("type", rf"(?:\w+\s+)*?(?:type|typealias)\s+{_WORD}\s*(?:[=<]|struct|interface)"),
)
_SCRIPT = (
    ("function", rf"(?:\w+\s+)*?function\s*\*?\s*{_WORD}\s*[(<]"),
    ("function", rf"(?:export\s+)?(?:const|let|var)\s+{_WORD}\s*=\s*(?:async\s*)?[(\w]+.*=>"),
)
_STATEMENT = r"(?!(?:return|else|new|throw|case|if|while|for|switch)\b)"
_TYPED = (("function", rf"{_STATEMENT}[A-Za-z_][\w:<>,*&\[\]\s.]*[\s*&]{_WORD}\s*\([^;]*$"),)
_MODIFIERS = r"(?:\w+(?:\([^)]*\))?\s+)*?"
_KEYWORD = (("function", rf"{_MODIFIERS}(?:fun|func|fn|def)\s+(?:\([^)]*\)\s*)?{_WORD}"),)
_CREATE = r"(?i:create\s+(?:\w+\s+){0,4}?"
_OBJECT = r"\s+(?:if\s+not\s+exists\s+)?)(?:[\w\"`\[\]]+\.)?[\"`\[]?(?P<name>\w+)"

_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "c": (("macro", rf"#\s*define\s+{_WORD}"), *_BRACES, *_TYPED),
    "cpp": (("macro", rf"#\s*define\s+{_WORD}"), *_BRACES, *_TYPED),
    "csharp": (*_BRACES, *_TYPED),
    "java": (*_BRACES, *_TYPED),
    "go": (*_BRACES, *_KEYWORD),
    "rust": (("macro", rf"macro_rules!\s+{_WORD}"), *_BRACES, *_KEYWORD),
    "kotlin": (*_BRACES, *_KEYWORD),
    "swift": (*_BRACES, *_KEYWORD),
    "scala": (*_BRACES, *_KEYWORD),
    "javascript": (*_BRACES, *_SCRIPT),
    "typescript": (*_BRACES, *_SCRIPT),
    "tsx": (*_BRACES, *_SCRIPT),
    "php": (*_BRACES, *_SCRIPT),
    "python": (
        ("class", rf"class\s+{_WORD}"),
        ("function", rf"(?:async\s+)?def\s+{_WORD}"),
    ),
    "ruby": (
        ("class", r"class\s+(?:\w+::)*(?P<name>[A-Z]\w*)"),
        ("module", r"module\s+(?:\w+::)*(?P<name>[A-Z]\w*)"),
        ("function", r"def\s+(?:self\.)?(?P<name>[a-z_]\w*[?!=]?)"),
    ),
    "lua": (("function", r"(?:local\s+)?function\s+(?:[\w.]+[.:])?(?P<name>\w+)\s*\("),),
    "bash": (("function", r"(?:function\s+)?(?P<name>[A-Za-z_][\w-]*)\s*\(\)"),),
    "sql": (
        ("table", f"{_CREATE}table{_OBJECT}"),
        ("view", f"{_CREATE}view{_OBJECT}"),
        ("function", f"{_CREATE}(?:function|procedure|proc){_OBJECT}"),
        ("trigger", f"{_CREATE}trigger{_OBJECT}"),
        ("index", f"{_CREATE}index{_OBJECT}"),
        ("type", f"{_CREATE}type{_OBJECT}"),
    ),
    "markdown": (("heading", r"#{1,6}\s+(?P<name>\S.*?)\s*#*$"),),
    "make": (("target", r"(?P<name>[A-Za-z_][\w.-]*)\s*:(?!=)"),),
    "dart": (*_BRACES, *_TYPED),
    "groovy": (*_BRACES, *_KEYWORD),
    "zig": (*_KEYWORD, ("struct", rf"(?:pub\s+)?const\s+{_WORD}\s*=\s*(?:struct|enum|union)")),
    "perl": (("function", rf"sub\s+{_WORD}"), ("module", r"package\s+(?P<name>[\w:]+)")),
    "elixir": (
        ("module", r"defmodule\s+(?P<name>[\w.]+)"),
        ("function", r"defp?\s+(?P<name>[a-z_]\w*[?!]?)"),
    ),
    "haskell": (
        ("type", r"(?:data|newtype|type|class)\s+(?P<name>[A-Z]\w*)"),
        ("function", r"(?P<name>[a-z_][\w']*)\s*::"),
    ),
    "proto": (("type", rf"(?:message|enum|service)\s+{_WORD}"), ("method", rf"rpc\s+{_WORD}")),
    "powershell": (("function", r"(?i:function)\s+(?P<name>[\w-]+)"),),
    "scss": (("selector", r"(?P<name>[.#@%&a-z][^;{}]*?)\s*\{"),),
    "graphql": (("type", rf"(?:type|interface|enum|input|union|scalar)\s+{_WORD}"),),
    "terraform": (("key", r"(?:resource|data)\s+\"\w+\"\s+\"(?P<name>[\w-]+)\""),),
    "vim": (("function", r"fu\w*!?\s+(?P<name>[\w:#]+)\s*\("),),
}
_COMPILED = {
    language: [(kind, re.compile(r"\s*" + rule)) for kind, rule in rules]
    for language, rules in _RULES.items()
}
_FLAT = frozenset(("markdown", "scss", "make"))  # a definition lasts until the next one
_HOLDS_METHODS = frozenset(("class", "interface", "struct", "enum"))
_CLOSES = ("}", ")", "]", "end")


def rules_of(language: str) -> Sequence[tuple[str, re.Pattern[str]]] | None:
    """Return kinds, and what lines that begin a definition match; None if nothing is known."""
    return _COMPILED.get(language)


def defined_by_pattern(lines: Sequence[str], language: str) -> list[Definition] | None:
    """Return what the lines seem to define; None if nothing is known of the language.

    Where a definition ends, and what it is in, is told by indentation.
    """
    rules = _COMPILED.get(language)
    if rules is None:
        return None
    starts = []
    for number, line in enumerate(lines, 1):
        if len(line) > _LONGEST_LINE:
            continue
        for kind, rule in rules:
            matched = rule.match(line)
            if matched is not None:
                starts.append((number, kind, matched["name"], _indentation(line)))
                break
    if language in _FLAT:
        ends = [start[0] - 1 for start in starts[1:]] + [len(lines)] * bool(starts)
    else:
        ends = _ends(lines, [(number, indentation) for number, _, _, indentation in starts])
    found: list[Definition] = []
    open_: list[Definition] = []
    for (number, kind, name, _), end in zip(starts, ends, strict=True):
        while open_ and open_[-1].end_line < number:
            open_.pop()
        outer = open_[-1] if open_ else Definition("", "", 0, 0)
        if kind == "function" and outer.kind in _HOLDS_METHODS:
            definition = Definition(name, "method", number, end, outer.name)
        else:
            definition = Definition(name, kind, number, end, outer.name)
        found.append(definition)
        open_.append(definition)
    return found


def _ends(lines: Sequence[str], starts: Sequence[tuple[int, int]]) -> list[int]:
    """Return the last line of each definition, given its first one and its indentation."""
    ends = [start for start, _ in starts]
    open_: list[int] = []
    coming = 0
    last = 0  # the last line that is not blank
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        indentation = _indentation(line)
        closing = line.lstrip().startswith(_CLOSES)
        while open_ and indentation <= starts[open_[-1]][1]:
            same = indentation == starts[open_[-1]][1]
            if same and line.lstrip().startswith("{"):
                break  # the body of what the line before began
            ends[open_.pop()] = number if same and closing else last
        if coming < len(starts) and starts[coming][0] == number:
            open_.append(coming)
            coming += 1
        last = number
    for each in open_:
        ends[each] = last
    return ends


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())
