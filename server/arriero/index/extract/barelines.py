"""A text's lines without comments and strings that go on over lines: in these nothing is defined.

It serves texts that do not parse, so what has no end is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST_LINE = 400  # characters: no definition begins in a longer one
_MOST_ENDLESS = 50  # each is looked for to the end of the text

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_STRINGS = _STRING + r"|'(?:[^'\\\n]|\\.)*'"
_CHARACTERS = _STRING + r"|'(?:[^'\\\n]|\\.)'"
_TRIPLE = r'"""'
_HERE = r"<<[-~]?(?P<quote>['\"]?)(?P<here>[A-Z_]\w*)(?P=quote)"
_SLASHES = r"(?P<comment>//[^\n]*)|/\*"
_NUMBER_SIGN = r"(?P<comment>(?<![^\s;])#[^\n]*)"
_TOKENS = {
    **dict.fromkeys(("c", "cpp"), rf"{_SLASHES}|R\"\(|{_STRINGS}"),
    **dict.fromkeys(
        ("csharp", "java", "kotlin", "scala", "swift"), f"{_SLASHES}|{_TRIPLE}|{_CHARACTERS}"
    ),
    **dict.fromkeys(("go", "javascript", "tsx", "typescript"), rf"{_SLASHES}|`|{_STRINGS}"),
    "bash": f"{_NUMBER_SIGN}|{_HERE}|{_STRINGS}",
    "lua": rf"--\[\[|(?P<comment>--[^\n]*)|\[\[|{_STRINGS}",
    "php": rf"{_SLASHES}|<<<(?P<quote>['\"]?)(?P<here>\w+)(?P=quote)|{_STRINGS}",
    "python": rf"{_NUMBER_SIGN}|{_TRIPLE}|'''|{_STRINGS}",
    "ruby": rf"{_NUMBER_SIGN}|^=begin\b|{_HERE}|{_STRINGS}",
    "rust": rf"{_SLASHES}|r#+\"|{_CHARACTERS}",
    "sql": rf"(?P<comment>--[^\n]*)|/\*|(?P<dollars>\$\w*\$)|{_STRINGS}",
}
_COMPILED = {name: re.compile(token, re.MULTILINE) for name, token in _TOKENS.items()}
_CLOSERS = {
    "/*": "*/", '"""': '"""', "'''": "'''", "`": "`", 'R"(': ')"', "--[[": "]]", "[[": "]]",
    "=begin": "\n=end",
}  # fmt: skip
_CHARACTER = re.compile(r"[^\n]")


def bare_lines(lines: Sequence[str], language: str) -> list[str]:
    """Return as many lines, with spaces for what is opaque, and none for what is too long."""
    kept = [line if len(line) <= LONGEST_LINE else "" for line in lines]
    tokens = _COMPILED.get(language)
    if tokens is None:
        return kept
    text = "\n".join(kept)
    pieces: list[str] = []
    endless: set[str] = set()
    at = done = 0
    while (match := tokens.search(text, at)) is not None:
        at = end = match.end()
        if match.lastgroup != "comment":
            closer = _closer(match)
            if not closer or closer in endless or len(endless) > _MOST_ENDLESS:
                continue
            end = _end(text, closer, at, is_word=match.lastgroup == "here")
            if end < 0:
                endless.add(closer)
                continue
        pieces += text[done : match.start()], _CHARACTER.sub(" ", text[match.start() : end])
        at = done = end
    pieces.append(text[done:])
    return "".join(pieces).split("\n") if kept else []


def _closer(match: re.Match[str]) -> str:
    """Return what ends what a match begins; "" if it has ended."""
    groups = match.groupdict()
    if groups.get("here"):
        return groups["here"]
    if groups.get("dollars"):
        return match[0]
    if match[0].startswith("r#"):
        return '"' + "#" * match[0].count("#")
    return _CLOSERS.get(match[0], "")


def _end(text: str, closer: str, at: int, *, is_word: bool) -> int:
    """Return the place behind what closes, -1 if there is none."""
    if is_word:
        found = re.compile(rf"\n[ \t]*{closer}\b").search(text, at)
        return -1 if found is None else found.end()
    place = text.find(closer, at)
    while closer == "`" and place > 0 and text[place - 1] == "\\":
        place = text.find(closer, place + 1)
    return -1 if place < 0 else place + len(closer)
