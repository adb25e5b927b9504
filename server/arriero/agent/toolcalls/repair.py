"""JSON as models print it: what can be read without guessing is read, all else is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_PIECES = re.compile(
    r"""(?P<triple>\"{3}(?:.*?)\"{3}|'{3}(?:.*?)'{3})
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<open>"(?:[^"\\]|\\.)*\\?\Z|'(?:[^'\\]|\\.)*\\?\Z)
      | (?P<word>[A-Za-z_$][\w$.-]*)
      | (?P<number>[-+]?[0-9.][0-9.eE+-]*)
      | (?P<mark>[\[\]{}:,])
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"True": "true", "False": "false", "None": "null", "undefined": "null"}
_ESCAPES = re.compile(r'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])|\\(.)|"', re.DOTALL)


class Unreadable(Exception):
    """The text is no JSON and cannot safely be made into it."""


def loads(text: str, missing: str = "") -> Any:
    """Read a value; `missing` are the brackets it lacks at its end. Raises Unreadable.

    Understood beyond JSON: raw newlines in strings, single and triple quotes, Python's literals,
    names without quotes, trailing commas, backslashes that escape nothing.
    """
    try:
        return json.loads(text + missing, strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads("".join(_rewritten(text, missing)), strict=False)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not valid JSON: {error}") from error


def _rewritten(text: str, missing: str) -> Iterator[str]:
    pieces = [(m.lastgroup or "", m[0]) for m in _PIECES.finditer(text)]
    pieces = [piece for piece in pieces if piece[0] != "space"]
    pieces += [("mark", bracket) for bracket in missing]
    for number, (kind, piece) in enumerate(pieces):
        after = pieces[number + 1][1] if number + 1 < len(pieces) else ""
        if kind == "open":
            raise Unreadable("a string has no end")
        if kind == "triple":
            yield json.dumps(piece[3:-3])
        elif kind == "string":
            yield _string(piece)
        elif kind == "word":
            yield json.dumps(piece) if after == ":" else _WORDS.get(piece, piece)
        elif (kind, piece) == ("mark", ",") and after in ("]", "}", ""):
            continue
        else:
            yield piece


def _string(piece: str) -> str:
    return '"' + _ESCAPES.sub(_escape, piece[1:-1]) + '"'


def _escape(match: re.Match[str]) -> str:
    if match[0] == '"':
        return '\\"'
    if match[1] is None:
        return match[0]
    if match[1] in ("'", "\n"):
        return "'" if match[1] == "'" else ""
    return "\\\\" + match[1]
