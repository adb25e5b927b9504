"""What a user refers to with an `@` in a prompt; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from arriero.index.languages import language_of

Kind = Literal["path", "symbol", "problems", "git"]

MOST_REFERENCES = 20
_LOOKED_AT = 100_000  # characters of a prompt

# Code is quoted, not spoken: decorators and addresses in it refer to nothing.
_QUOTED = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`", re.DOTALL)
# Nothing of a word, an address or a path stands before the sign.
_AT = re.compile(r"(?<![\w@.+/\\$&*-])@(?=[\w\"'./~])")
_NAMED = re.compile(r"(?P<kind>file|folder|symbol)[ \t]+")
_BARE = re.compile(r"(?P<kind>problems|git)(?![\w/(@\\-]|[.:#]\w)")
_IN_QUOTES = re.compile(r"\"(?P<double>[^\"\n]{1,1000})\"|'(?P<single>[^'\n]{1,1000})'")
# Routes of web frameworks are named in brackets: `app/[slug]/(shop)/page.tsx`.
_IN_BRACKETS = r"[^\s\"'`<>|,;()\[\]{}@\0]{1,100}"
_PATH = re.compile(
    r"(?:[^\s\"'`<>|,;()\[\]{}]|(?<=/)(?:"
    rf"\[{_IN_BRACKETS}\]|\[\[{_IN_BRACKETS}\]\]|\({_IN_BRACKETS}\))){{1,1000}}"
)
_SYMBOL = re.compile(r"[^\W\d][\w$]*(?:(?:\.|::|->|#)[\w$]+)*")
# A column may follow a line, as in what compilers print.
_NUMBERS = r"(?::(\d{1,7})(?:-(\d{1,7})|:\d{1,7})?|#L(\d{1,7})(?:-L?(\d{1,7}))?)"
_LINES = re.compile(rf"{_NUMBERS}$")
_LINES_NEXT = re.compile(rf"{_NUMBERS}(?!\w)")
_AFTER = ".:!?*_…"


@dataclass(frozen=True)
class Reference:
    """One thing referred to: lines from 1, both included, 0 for all of it.

    `written` is as in the prompt. `sure` tells that nothing else can be meant, so that the person
    is told if there is no such thing; a decorator or the name of a package may be meant otherwise.
    """

    kind: Kind
    written: str
    name: str = ""
    first: int = 0
    last: int = 0
    sure: bool = False


def references(prompt: str, most: int = MOST_REFERENCES) -> tuple[Reference, ...]:
    """Return what a prompt refers to, in its order, each once, `most` of them."""
    spoken = _QUOTED.sub(lambda quoted: "\0" * len(quoted.group()), prompt[:_LOOKED_AT])
    found: dict[tuple[str, str, int, int], Reference] = {}
    for one in _all(spoken):
        found.setdefault((one.kind, one.name, one.first, one.last), one)
        if len(found) == most:
            break
    return tuple(found.values())


def _all(text: str) -> Iterator[Reference]:
    for at in _AT.finditer(text):
        one = _one(text, at.end())
        if one is not None:
            yield one


def _one(text: str, start: int) -> Reference | None:
    bare = _BARE.match(text, start)
    if bare is not None:
        kind: Kind = "git" if bare["kind"] == "git" else "problems"
        return Reference(kind, f"@{bare['kind']}", sure=True)
    named = _NAMED.match(text, start)
    if named is None:
        return _path(text, start, start, named=False)
    if named["kind"] != "symbol":
        return _path(text, start, named.end(), named=True)
    symbol = _SYMBOL.match(text, named.end())
    if symbol is None:
        return None
    return Reference("symbol", f"@{text[start : symbol.end()]}", symbol.group(), sure=True)


def _path(text: str, start: int, at: int, *, named: bool) -> Reference | None:
    quoted = _IN_QUOTES.match(text, at)
    if quoted is not None:
        name = quoted["double"] or quoted["single"]
        lines = _LINES_NEXT.match(text, quoted.end())
        end = lines.end() if lines else quoted.end()
    else:
        plain = _PATH.match(text, at)
        if plain is None:
            return None
        name = plain.group().split("\0")[0].rstrip(_AFTER)
        if not name:
            return None
        end = at + len(name)
        if text[end : end + 1] == "(" or "@" in name:  # a call of a decorator; a package's version
            return None
        lines = _LINES.search(name)
        if lines is not None:
            name = name[: lines.start()]
    if not name.strip("./\0") and not named:
        return None
    first, last = _range(lines)
    sure = named or quoted is not None or first > 0 or _is_path(name)
    return Reference("path", f"@{text[start:end]}", name, first, last, sure)


def _range(lines: re.Match[str] | None) -> tuple[int, int]:
    if lines is None:
        return 0, 0
    first = int(lines[1] or lines[3])
    last = int(lines[2] or lines[4] or first)
    return max(1, min(first, last)), max(1, first, last)


def _is_path(name: str) -> bool:
    """Tell whether a word is certainly meant as a path: by a slash and its ending."""
    if name.endswith("/"):
        return True
    return "/" in name and "." in name.rsplit("/", 1)[1] and bool(language_of(name))
