"""Which names Python's statements use: what they call, import, inherit from and annotate with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from arriero.index.extract.types import Reference

# In a text that is read backwards: what stands before an open bracket, and what before that.
_CALLED = re.compile(r"\([ \t]*(\w+)\b([ \t]+(?:fed|ssalc)\b)?")
_NO_CALLS = frozenset(
    (
        "and", "assert", "await", "del", "elif", "else", "except", "for", "from", "if", "import",
        "in", "is", "lambda", "not", "or", "raise", "return", "while", "with", "yield", "",
    )
)  # fmt: skip
_NAMES = ("from", "import", "@", "class", "type")
_NAMING = frozenset("acdfit@")  # what a statement begins with that may name what it uses
_FIRST = re.compile(r"(?:async\s+)?((?:def|class|from|import)\b|@|type\s+\w+|[\w.]+\s*:)")
_NAME = re.compile(r"[^\W\d]\w*")
_LAST_NAME = re.compile(r"\b[^\W\d]\w*(?![\w.])")
_TYPE = re.compile(r"(?::(?!=)|->)\s*([\w.| \n]*(?:\[[^()=:]*\])?[\w.| \n\]]*)")
_GIVES = re.compile(r"\bimport\b")
_ALIAS = re.compile(r"\bas\s+\w+")
_INNER = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}|\([^()]*\)")
_BASE = re.compile(r"\s*(?:\w+\s*=\s*)?(?:\w+\s*\.\s*)*([^\W\d]\w*)\s*$")
_MOST_BRACKETS = 4  # within each other
_ROUND = re.compile(r"[()]")
_NO_TYPES = frozenset(("None", "True", "False", "lambda"))


Statement = tuple[int, int, int, int, str]
"""First and last line of a statement, its indentation, and where it starts in its text.

That is the text of its lines without comments, and with numbers for strings.
"""


def uses(bare: str, statements: Iterable[Statement]) -> list[Reference]:
    """Return the names that are used, each once per line, in no order."""
    found = list(_called(bare))
    for line, _, _, start, text in statements:
        if text[start] in _NAMING:
            if ":" not in text and not text.startswith(_NAMES, start):
                continue
        elif ":" not in text or text[-1] == ":":
            continue
        match = _FIRST.match(text, start)
        if match is not None:
            found += _named(match[1], line, text, match.end())
    return list(dict.fromkeys(found))


def _called(bare: str) -> Iterator[Reference]:
    """Yield names that are called, from the end to the beginning."""
    line, seen = bare.count("\n") + 1, 0
    backwards = bare[::-1]
    count = backwards.count
    for match in _CALLED.finditer(backwards):
        name, defines = match.groups()
        if not defines:
            start = match.start()
            line, seen = line - count("\n", seen, start), start
            called = name[::-1]
            if called not in _NO_CALLS and not called[0].isdigit():
                yield called, line


def _named(word: str, line: int, text: str, at: int) -> Iterable[Reference]:
    if word in ("from", "import"):
        return _imported(word, line, text, at)
    if word == "@":
        return _placed(line, text, _LAST_NAME, at, len(text)) if "(" not in text else ()
    if word == "class":
        return _inherited(line, text, at)
    if word == "def":
        signature = _closing(text, text.find("(", at))
        return _annotated(line, text, at, text.find(":", signature))
    if word.startswith("type") and word[4:5].isspace():
        return _placed(line, text, _LAST_NAME, text.find("=", at), len(text))
    if word.rstrip(" :\t") not in ("else", "try", "finally", "lambda"):
        annotation = _TYPE.match(text, at - 1)
        if annotation is not None:
            return _placed(line, text, _LAST_NAME, *annotation.span(1))
    return ()


def _imported(word: str, line: int, text: str, at: int) -> Iterator[Reference]:
    names = text
    if "as" in text:
        names = _ALIAS.sub(lambda match: " " * len(match[0]), text)
    if word == "from":
        given = _GIVES.search(names, at)
        module = names[at : given.start()].strip() if given is not None else ""
        if given is None or module == "__future__":
            return
        if not module.startswith("."):
            yield from _placed(line, text, _NAME, at, given.start())
        at = given.end()
    yield from _placed(line, names, _NAME, at, len(names))


def _inherited(line: int, text: str, at: int) -> Iterator[Reference]:
    begin = text.find("(", at)
    if begin < 0:
        return
    end = _closing(text, begin)
    inside = text[begin + 1 : end]
    for _ in range(_MOST_BRACKETS):  # what is in further brackets is no base
        if "(" not in inside and "[" not in inside and "{" not in inside:
            break
        inside = _INNER.sub(lambda match: " " * len(match[0]), inside)
    offset = seen = 0
    for piece in inside.split(","):
        match = _BASE.match(piece)
        if match is not None and match[1] not in _NO_TYPES:
            place = begin + 1 + offset + match.start(1)
            line, seen = line + text.count("\n", seen, place), place
            yield match[1], line
        offset += len(piece) + 1


def _closing(text: str, at: int) -> int:
    end = text.find(")", at)
    if text.count("(", at, end) == 1:
        return end
    depth = 0
    for match in _ROUND.finditer(text, at):
        depth += 1 if match[0] == "(" else -1
        if not depth:
            return match.start()
    return len(text)


def _annotated(line: int, text: str, start: int, end: int) -> Iterator[Reference]:
    """Yield the types of a signature, the colon after it not included."""
    if text.find(":", start, end) < 0 and text.find("->", start, end) < 0:
        return
    seen = 0
    for match in _TYPE.finditer(text, start, end):
        line, seen = line + text.count("\n", seen, match.start(1)), match.start(1)
        yield from _placed(line, text, _LAST_NAME, *match.span(1), seen)


def _placed(
    line: int, text: str, pattern: re.Pattern[str], start: int, end: int, seen: int = 0
) -> Iterable[Reference]:
    """Return the names from one place to another; `line` is that of the place `seen`."""
    if "\n" not in text:
        return [(name, line) for name in pattern.findall(text, start, end) if name not in _NO_TYPES]
    found = []
    for match in pattern.finditer(text, start, end):
        line, seen = line + text.count("\n", seen, match.start()), match.start()
        if match[0] not in _NO_TYPES:
            found.append((match[0], line))
    return found
