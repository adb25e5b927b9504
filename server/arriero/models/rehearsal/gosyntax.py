"""Says what is wrong with a text that is not JSON, in the words of Go's `encoding/json`.

The texts are those of `scanner.go`: which character is not allowed, and what was looked for.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

_BLANK = re.compile(r"[ \t\r\n]*")
_DIGITS = re.compile(r"\d*", re.ASCII)
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_LITERALS = {"t": "true", "f": "false", "n": "null"}
_UNFINISHED = "unexpected EOF"


class SyntaxProblem(Exception):
    """The first thing that is wrong; the text is Go's sentence."""


def problem(text: str) -> str | None:
    """Return Go's sentence on the first value in a text, None if that is well-formed."""
    try:
        _Scanner(text).value(0)
    except SyntaxProblem as found:
        return str(found)
    return None


class _Scanner:
    """A recursive descent over the text; each method returns the position after its part."""

    def __init__(self, text: str) -> None:
        self._text = text

    def value(self, at: int) -> int:
        at = self._skip(at)
        first = self._character(at)
        if first == "{":
            return self._object(at + 1)
        if first == "[":
            return self._array(at + 1)
        if first == '"':
            return self._string(at + 1)
        if first == "-" or first in "0123456789":
            return self._number(at)
        if first in _LITERALS:
            return self._literal(at, _LITERALS[first])
        return self._fail(at, "looking for beginning of value")

    def _object(self, at: int) -> int:
        at = self._skip(at)
        if self._character(at) == "}":
            return at + 1
        while True:
            at = self._skip(at)
            self._expect(at, '"', "looking for beginning of object key string")
            at = self._skip(self._string(at + 1))
            self._expect(at, ":", "after object key")
            at = self._skip(self.value(at + 1))
            if self._character(at) == "}":
                return at + 1
            self._expect(at, ",", "after object key:value pair")
            at += 1

    def _array(self, at: int) -> int:
        at = self._skip(at)
        if self._character(at) == "]":
            return at + 1
        while True:
            at = self._skip(self.value(at))
            if self._character(at) == "]":
                return at + 1
            self._expect(at, ",", "after array element")
            at += 1

    def _string(self, at: int) -> int:
        while True:
            at = _end(_PLAIN, self._text, at)
            character = self._character(at)
            if character == '"':
                return at + 1
            if character != "\\":
                self._fail(at, "in string literal")
            at = self._escape(at + 1)

    def _escape(self, at: int) -> int:
        kind = self._character(at)
        if kind == "u":
            for place in range(at + 1, at + 5):
                if self._character(place) not in "0123456789abcdefABCDEF":
                    self._fail(place, "in \\u hexadecimal character escape")
            return at + 5
        if kind not in 'bfnrt\\/"':
            self._fail(at, "in string escape code")
        return at + 1

    def _number(self, at: int) -> int:
        if self._character(at) == "-":
            at += 1
        if self._character(at) == "0":
            at += 1
        else:
            at = self._digits(at, "in numeric literal")
        if self._text[at : at + 1] == ".":
            at = self._digits(at + 1, "after decimal point in numeric literal")
        if self._text[at : at + 1] in {"e", "E"}:
            at += 2 if self._text[at + 1 : at + 2] in {"+", "-"} else 1
            at = self._digits(at, "in exponent of numeric literal")
        return at

    def _digits(self, at: int, place: str) -> int:
        end = _end(_DIGITS, self._text, at)
        if end == at:
            self._fail(at, place)
        return end

    def _literal(self, at: int, word: str) -> int:
        for offset, expected in enumerate(word):
            place = f"in literal {word} (expecting {_quoted(expected)})"
            self._expect(at + offset, expected, place)
        return at + len(word)

    def _skip(self, at: int) -> int:
        return _end(_BLANK, self._text, at)

    def _character(self, at: int) -> str:
        if at >= len(self._text):
            raise SyntaxProblem(_UNFINISHED)
        return self._text[at]

    def _expect(self, at: int, wanted: str, place: str) -> None:
        if self._character(at) != wanted:
            self._fail(at, place)

    def _fail(self, at: int, place: str) -> NoReturn:
        raise SyntaxProblem(f"invalid character {_quoted(self._character(at))} {place}")


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    assert found is not None, "each pattern matches nothing as well"
    return found.end()


def _quoted(character: str) -> str:
    if character == "'":
        return "'\\''"
    if character == '"':
        return "'\"'"
    return f"'{json.dumps(character, ensure_ascii=False)[1:-1]}'"
