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
# Nothing of a word, an address or a path stands before the sign; but what has no spaces may.
_AT = re.compile(
    r"(?<![@.+/\\$&-])(?<![^\W\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])@(?=[\w\"'./~])"
)
_NAMED = re.compile(r"(?P<kind>file|folder|symbol)[ \t]+")
_BARE = re.compile(r"(?P<kind>problems|git)(?![\w/(@\\-]|[.:#]\w)")
_IN_QUOTES = re.compile(r"\"(?P<double>[^\"\n]{1,1000})\"|'(?P<single>[^'\n]{1,1000})'")
# Routes of web frameworks are named in brackets: `app/[slug]/(shop)/page.tsx`.
_IN_BRACKETS = r"[^\s\"'`<>|,;()\[\]{}@\0]{1,100}"
# What ends a sentence or a part of it; a name that has such a sign goes in quotes.
_MARKS = (
    "\u3001\u3002\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\u300a-\u3011\u2018-\u201f\xab\xbb\u2014"
)
_PATH = re.compile(
    rf"(?:[^\s\"'`<>|,;()\[\]{{}}{_MARKS}]|(?:(?<=/)|(?<=[ \t]))(?:"
    rf"\[{_IN_BRACKETS}\]|\[\[{_IN_BRACKETS}\]\]|\({_IN_BRACKETS}\))){{1,1000}}"
)
_SYMBOL = re.compile(r"[^\W\d][\w$]*(?:(?:\.|::|->|#)[\w$]+)*")
# With the signs that names have in some languages: `ok?`, `#key`, `~Foo`, `my-func`, `--color`.
_ANY_SYMBOL = re.compile(
    r"(?:--|[~#$@.])?[^\W\d][\w$]*(?:(?:\.|::|->|#|\\|-)[~#]?[\w$]+)*(?:[?!=](?![\w?!=]))?"
)
# A column may follow a line, as in what compilers print.
_NUMBERS = r"(?::(\d{1,7})(?:[-\u2013](\d{1,7})|:\d{1,7})?|#L(\d{1,7})(?:[-\u2013]L?(\d{1,7}))?)"
_LINES = re.compile(rf"{_NUMBERS}$")
_LINES_NEXT = re.compile(rf"{_NUMBERS}(?!\w)")
_VERSION = re.compile(r"@[v^~]?\d+(?:\.\d+)*(?:[-+][\w.]+)?$")
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


def plain_symbol(name: str) -> str:
    """Return the part of a symbol's name that is one in any language, such as `ok` of `ok?`."""
    found = _SYMBOL.search(name)
    return found.group() if found else name


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
    symbol = _ANY_SYMBOL.match(text, named.end())
    if symbol is None:
        return None
    written = text[start : symbol.end()].rstrip("?!=")
    return Reference("symbol", f"@{written}", symbol.group(), sure=True)


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
        if named and not name and plain.group().startswith("."):
            name = "."
        if not name:
            return None
        end = at + len(name)
        if not named and (text[end : end + 1] == "(" or _VERSION.search(name)):
            return None  # a call of a decorator; a package's version
        lines = _LINES.search(name)
        if lines is not None:
            name = name[: lines.start()]
    if not name or (not named and not name.strip("./\0")):
        return None
    first, last = _range(lines)
    sure = named or quoted is not None or (first > 0 and not name.isdigit()) or _is_path(name)
    return Reference("path", f"@{text[start:end]}", name, first, last, sure)


def _range(lines: re.Match[str] | None) -> tuple[int, int]:
    if lines is None:
        return 0, 0
    first = int(lines[1] or lines[3])
    last = int(lines[2] or lines[4] or first)
    return max(1, min(first, last)), max(1, first, last)


def _is_path(name: str) -> bool:
    """Tell whether a word is certainly meant as a path, by a slash at its end or its ending.

    With a sign in a part of it, it may be the version of a package.
    """
    if name.endswith("/"):
        return True
    last = name.rpartition("/")[2]
    return "." in last and "@" not in name.replace("/@", "/") and bool(language_of(name))
