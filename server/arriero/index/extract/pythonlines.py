"""Python read by its lines, which takes a fifth of the time of parsing it.

Where a statement begins and what it is in, is told by lines and indentation as soon as strings,
comments and brackets are out of the way. What is defined is as the grammar has it
(`tests/index/extract/test_pythonlines.py` compares the two); where a text is not as it should be,
nothing is said, and it is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from arriero.index.extract.pythonuses import Statement, uses
from arriero.index.extract.types import Definition, Reference

# Comments, and strings with what ends them: that is empty where one has no end.
_OPAQUE = re.compile(
    r"#[^\n]*"
    r'|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*("""|\Z)'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*('''|\Z)"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*("|(?=\n)|\Z)'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*('|(?=\n)|\Z)",
    re.DOTALL,
)
_ENDLESS = "'"
_CALLED = re.compile(r"\b([^\W\d]\w*)\(")
# Brackets, the lines' ends, and what joins a line to the next one; all else goes.
_MARKS = bytes(40 if one in b"([{" else 41 if one in b")]}" else one for one in range(256))
_MOST_NESTED = 3
_NO_MARKS = bytes(one for one in range(256) if one not in b"([{)]}\n\\")
_DEFINES = re.compile(
    r"(?:async\s+)?(def|class)\s+([^\W\d]\w*)"
    r"|(type)\s+([^\W\d]\w*)\s*[=\[]"
    r"|()([^\W\d]\w*)\s*(?::(?!=)\s*[^\s=]|=(?!=))"
)
_GIVES = re.compile(r"=(?!=)")
_TARGET = re.compile(r"[*(\[]*\s*[^\W\d][\w.]*(?:\[[\w.:]*\])?\s*[)\]]*")
_SECOND = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")
_BEGINS = ("def", "class", "async", "type")
_BEGINNINGS = frozenset("acdt")
_KINDS = {"def": "function", "class": "class", "type": "type"}
_KEYWORDS = frozenset(
    (
        "False", "None", "True", "assert", "await", "del", "elif", "else", "except", "finally",
        "for", "from", "global", "if", "import", "lambda", "nonlocal", "not", "pass", "raise",
        "return", "try", "while", "with", "yield",
    )
)  # fmt: skip
# White space to Python that is none to the grammar, or the other way round.
_ODD = "\v\x1c\x1d\x1e\x1f\0"
_ODD_BEYOND_ASCII = "\x85\u2028\u2029\xa0\ufeff"
_BESIDE_A_FORM_FEED = re.compile(r"[^\n]\f|\f[^\n]")
_LONGEST_NAME = 200  # characters


@dataclass
class _Open:
    """A definition whose end has not been reached yet; `body` is the indentation of what is in it.

    That is -1 until it is known, and of what is in one line.
    """

    kind: str
    name: str
    line: int
    indentation: int
    outer: _Open | None
    end_line: int = 0
    body: int = -1


def read(lines: Sequence[str]) -> tuple[list[Definition], list[Reference]] | None:
    """Return definitions and references of a text in Python; None if it has to be parsed."""
    text = "\n".join(lines)
    if _is_odd(text):
        return None
    bare = _OPAQUE.sub(_blank, text)
    if _ENDLESS in bare:
        return None
    bare_lines = bare.split("\n")
    statements = _statements(bare_lines, bare)
    if statements is None:
        return None
    found = _definitions(lines, bare_lines, statements)
    return None if found is None else (found, uses(bare, statements))


def _is_odd(text: str) -> bool:
    if text.endswith("\\"):  # each string with an escape in it would be looked for to the end
        return True
    odd = _ODD if text.isascii() else _ODD + _ODD_BEYOND_ASCII
    if any(one in text for one in odd):
        return True
    return "\f" in text and _BESIDE_A_FORM_FEED.search(text) is not None


def _blank(match: re.Match[str]) -> str:
    """Return what stands for a comment or a string: nothing, or a number on as many lines.

    Calls in a formatted string stay.
    """
    ending = match.lastindex
    if ending is None:
        return ""
    if not match[ending]:
        return _ENDLESS
    text = match[0]
    breaks = text.count("\n")
    if breaks:
        return "0" + "\\\n" * breaks + "0"
    start = match.start()
    if "{" in text and start and match.string[start - 1] in "fF":
        return "0" + "".join([f" {name}()" for name in _CALLED.findall(text)])
    return "0"


def _statements(lines: Sequence[str], bare: str) -> list[Statement] | None:
    """Return the statements of a text; None if its brackets do not match."""
    brackets = bare.encode("utf-8", "replace").translate(_MARKS, _NO_MARKS)
    for _ in range(_MOST_NESTED):  # what opens and closes in one line, as most do
        brackets = brackets.replace(b"()", b"")
    marks = brackets.split(b"\n")
    found: list[Statement] = []
    has_tabs = "\t" in bare
    depth = begin = last = 0
    for number, (line, marked) in enumerate(zip(lines, marks, strict=True), 1):
        stripped = line.lstrip()
        if stripped:
            last = number
            begin = begin or number
        elif not begin:
            continue
        if marked:
            joined = marked[-1] == 92
            depth += marked.count(b"(") - marked.count(b")")
            if depth < 0 or (joined and line[-1] != "\\"):
                return None
            if joined:
                continue
        if depth:
            continue
        if begin == number:  # as most are
            start = indentation = len(line) - len(stripped)
            text = first = line
        else:
            first = lines[begin - 1]
            start = indentation = len(first) - len(first.lstrip())
            text = first if begin == last else "\n".join(lines[begin - 1 : last])
        if has_tabs and start and "\t" in first[:start]:
            indentation = len(first[:start].expandtabs(8))
        found.append((begin, last, indentation, start, text))
        begin = 0
    return None if begin else found


def _definitions(
    lines: Sequence[str], bare_lines: Sequence[str], statements: Sequence[Statement]
) -> list[Definition] | None:
    found: list[_Open] = []
    open_: list[_Open] = []
    before = 0  # the last line of the statement before
    for line, end_line, indentation, start, text in statements:
        around = open_[-1] if open_ else None
        if around is not None:
            if indentation >= around.body > 0 and text[start] not in _BEGINNINGS:
                if indentation > around.body or around.kind != "class":  # as most are
                    before = end_line
                    continue
            elif around.indentation >= indentation:
                _close(open_, indentation, before, lines, bare_lines)
                around = open_[-1] if open_ else None
            if around is not None and around.body < 0:
                around.body = indentation
        before = end_line
        is_direct = (
            not indentation
            if around is None
            else (around.kind == "class" and indentation == around.body)
        )
        if not is_direct and not text.startswith(_BEGINS, start):
            continue
        match = _DEFINES.match(text, start)
        if match is None:
            found += _several(text, line, end_line) if is_direct and around is None else ()
            continue
        name = match[match.lastindex or 0][:_LONGEST_NAME]
        kind = _kind(match[1] or match[3], name, around, is_direct=is_direct)
        if not kind:
            continue
        if _has_more(kind, text):
            return None
        one = _Open(kind, name, line, indentation, around, end_line)
        found.append(one)
        if match[1]:
            open_.append(one)
        else:
            found += _second(text, match.end(), line, end_line) if around is None else ()
    _close(open_, 0, before, lines, bare_lines)
    return [
        Definition(one.name, one.kind, one.line, one.end_line, one.outer.name if one.outer else "")
        for one in found
    ]


def _kind(word: str | None, name: str, around: _Open | None, *, is_direct: bool) -> str:
    """Return what kind of definition it is that a word begins, or none; "" if it is none."""
    if word == "def" and around is not None and around.kind == "class":
        return "method"
    if word:
        return _KINDS[word]
    if not is_direct or name in _KEYWORDS:
        return ""
    return "field" if around else "constant" if name.isupper() else "variable"


def _several(text: str, line: int, end_line: int) -> Sequence[_Open]:
    """Return the variables that a statement gives several values, but for those in brackets."""
    gives = _GIVES.search(text) if "," in text else None
    if gives is None:
        return ()
    *parts, last = [part.strip() for part in text[: gives.start()].replace("\\\n", "").split(",")]
    if last:
        parts.append(last)
    if not all(_TARGET.fullmatch(part) for part in parts):
        return ()
    names = dict.fromkeys(part for part in parts if part.isidentifier())
    return [_variable(name, line, end_line) for name in names]


def _second(text: str, at: int, line: int, end_line: int) -> Sequence[_Open]:
    """Return the variable that is given what another one is, behind the other's sign."""
    second = _SECOND.match(text, at) if text[at - 1] == "=" else None
    return () if second is None else (_variable(second[1], line, end_line),)


def _variable(name: str, line: int, end_line: int) -> _Open:
    kind = "constant" if name.isupper() else "variable"
    return _Open(kind, name[:_LONGEST_NAME], line, 0, None, end_line)


def _has_more(kind: str, text: str) -> bool:
    """Tell whether a line may define something else as well."""
    if kind == "class":
        return "=" in text.rpartition(":")[2]
    return ";" in text and kind in ("constant", "field", "variable")


def _close(
    open_: list[_Open],
    indentation: int,
    before: int,
    lines: Sequence[str],
    bare_lines: Sequence[str],
) -> None:
    """End what a statement of an indentation is not in; `before` is the line before that counts."""
    coming = before + 1
    while open_ and open_[-1].indentation >= indentation:
        one = open_.pop()
        if one.body >= 0:
            before, coming = _with_comments(one.body, before, coming, lines, bare_lines)
            one.end_line = before


def _with_comments(
    body: int, before: int, coming: int, lines: Sequence[str], bare_lines: Sequence[str]
) -> tuple[int, int]:
    """Return the last line of the comments that follow a block's last line and belong to it.

    With it comes the next line that has something, and `coming` may be that already.
    """
    number = coming
    for number in range(coming, len(lines) + 1):
        line = lines[number - 1]
        if not line or line.isspace():
            continue
        bare = bare_lines[number - 1]
        if bare and not bare.isspace():
            break
        spaces = line[: len(line) - len(line.lstrip())]
        if len(spaces.expandtabs(8)) < body:
            break
        before = number
    return before, number
