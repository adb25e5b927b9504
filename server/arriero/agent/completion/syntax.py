"""What little is known of languages here: comments, strings, brackets, what opens a block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SLASHES = _names(
    "c cpp csharp dart fsharp go go-mod groovy java javascript json kotlin objc php proto rust"
    " scala scss swift tsx typescript zig"
)
_HASHES = _names(
    "bash cmake dockerfile elixir graphql ini julia make nim nix perl powershell python r ruby"
    " starlark terraform toml yaml"
)
_LINE = {
    "asm": ";", "batch": "REM", "clojure": ";", "erlang": "%", "haskell": "--", "latex": "%",
    "lisp": ";", "lua": "--", "sql": "--", "vim": '"',
}  # fmt: skip
_BLOCK = {"css": ("/*", "*/"), "html": ("<!--", "-->"), "markdown": ("<!--", "-->"),
          "ocaml": ("(*", "*)"), "xml": ("<!--", "-->")}  # fmt: skip
_PROSE = frozenset(("", "html", "latex", "markdown", "rst", "text", "vim", "xml"))
# In these a single quote may stand alone.
_LONE_QUOTE = _names("clojure elixir fsharp haskell lisp nim ocaml rust scala")
_BACKTICK = frozenset(("go", "javascript", "tsx", "typescript"))
_COLON = frozenset(("nim", "python", "starlark"))
_WORDS = {
    "bash": r"\b(?:then|do|else|in)$",
    "elixir": r"\b(?:do|else|->)$",
    "julia": r"^\s*(?:function|for|while|if|else|elseif|begin|struct|module|try|let)\b",
    "lua": r"\b(?:then|do|else|repeat)$|\bfunction\b[^)]*\)$",
    "ruby": r"\bdo(?:\s*\|[^|]*\|)?$"
    r"|^\s*(?:def|class|module|if|unless|while|until|case|begin|else|elsif|when|rescue|ensure)\b",
    "yaml": r":$",
}
_TRIPLE = (r'"""(?:\\.|[^\\])*?(?:"""|\Z)', r"'''(?:\\.|[^\\])*?(?:'''|\Z)")
OPENERS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}


@dataclass(frozen=True)
class Comments:
    """How comments are written; `line` or `block` is empty where there is no such kind."""

    line: str
    block: tuple[str, str] | None


@lru_cache(maxsize=64)
def comments(language: str) -> Comments:
    """Return how comments are written in a language."""
    if language in _SLASHES:
        return Comments("//", ("/*", "*/"))
    if language in _HASHES:
        return Comments("#", None)
    return Comments(_LINE.get(language, ""), _BLOCK.get(language))


def opens_block(line: str, language: str) -> bool:
    """Tell whether the end of a line opens a block, as far as its own words tell."""
    line = _without_comment(line, language).rstrip()
    if not line:
        return False
    if line[-1] in OPENERS and language not in _PROSE:
        return True
    if line.endswith(("=>", "->")) and language not in _PROSE:
        return True
    if language in _COLON and line.endswith(":"):
        return True
    pattern = _WORDS.get(language)
    return pattern is not None and re.search(pattern, line) is not None


@dataclass(frozen=True)
class Scan:
    """What a text has outside of strings and comments: its brackets with their places, in order.

    `in_comment`: it ends inside of one; `in_string` are the quotes of the string of several lines
    that it ends inside of.
    """

    brackets: tuple[tuple[str, int], ...]
    in_comment: bool = False
    in_string: str = ""


def scan(text: str, language: str) -> Scan:
    """Look through a text; some 100 nanoseconds for each character."""
    found: list[tuple[str, int]] = []
    last = None
    for last in _scanner(language).finditer(text):
        if last.lastgroup == "bracket":
            found.append((last[0], last.start()))
    if last is None or last.end() != len(text):
        return Scan(tuple(found))
    if last.lastgroup == "comment":
        block = comments(language).block
        closed = block is not None and last[0].startswith(block[0]) and last[0].endswith(block[1])
        return Scan(tuple(found), in_comment=not closed)
    quotes = last[0][:3]
    if last.lastgroup == "string" and quotes in ('"""', "'''"):
        closed = len(last[0]) >= 6 and last[0].endswith(quotes)
        return Scan(tuple(found), in_string="" if closed else quotes)
    return Scan(tuple(found))


def open_quote(head: str, language: str) -> str:
    """Return the quote of the string that a line ends inside of, "" if it is in none."""
    if language in _PROSE:
        return ""
    plain = _scanner(language).sub(lambda found: " " * len(found[0]), head)
    quotes = '"' if language in _LONE_QUOTE else "\"'"
    quotes += "`" if language in _BACKTICK else ""
    for place, character in enumerate(plain):
        lone = character == "'" and plain[:place][-1:].isalnum()
        if character in quotes and not lone:
            return character
    return ""


def _without_comment(line: str, language: str) -> str:
    return _scanner(language).sub(
        lambda found: "" if found.lastgroup == "comment" else found[0], line
    )


@lru_cache(maxsize=64)
def _scanner(language: str) -> re.Pattern[str]:
    told, patterns = comments(language), []
    if told.block:
        start, end = map(re.escape, told.block)
        patterns.append(rf"{start}[\s\S]*?(?:{end}|\Z)")
    if told.line:
        mark = re.escape(told.line)
        # `$#` and `${#` are no comments, `://` is mostly none.
        patterns.append(rf"(?<![${{:]){mark}[^\n]*")
    comment = "|".join(patterns) or r"(?!)"
    return re.compile(
        rf"(?P<comment>{comment})|(?P<string>{_strings(language)})|(?P<bracket>[()\[\]{{}}])"
    )


def _strings(language: str) -> str:
    if language in _PROSE:
        return r"(?!)"
    kinds = list(_TRIPLE) if language == "python" else []
    kinds.append(r'"(?:\\.|[^"\\\n])*"')
    kinds.append(r"'(?:\\.|[^'\\\n])'" if language in _LONE_QUOTE else r"'(?:\\.|[^'\\\n])*'")
    if language in _BACKTICK:
        kinds.append(r"`(?:\\.|[^`\\])*`")
    return "|".join(kinds)
