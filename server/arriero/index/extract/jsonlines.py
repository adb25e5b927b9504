"""JSON read without a grammar, in a fifth of the time.

The keys of the outermost object and of the objects in it are found. What is found is as the
grammar has it (`tests/index/extract/test_jsonlines.py` compares the two), but that names with
escapes are whole; what is no JSON, or has comments, is parsed.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NoReturn

from arriero.index.extract.types import Definition, Reference

# A text, with the colon and what is no bracket behind it, if it is a key; or a bracket.
_TOKEN = re.compile(
    r'"([^"\\]*(?:\\.[^"\\]*)*)"(?:(\s*:\s*)("[^"\\]*(?:\\.[^"\\]*)*"|[^\s"{}\[\],]+)?)?'
    r"|[{}\[\]]"
)
_HAVING_KEYS = ("{", "{{")  # the brackets around a key that is found
_MOST_CHARACTERS = 1 << 20  # as of what is parsed: what is read of it takes more memory
_MOST_KEYS = 1_000  # of one file: more are data
_LONGEST_NAME = 200  # characters
_MOST_READ = 2_000  # characters of a name
_TAG = re.compile(r"<[^>]*>")

_Key = tuple[int, int, str, str]
"""Where a key begins, where its value ends, its name and that of the key around it."""


def read(lines: Sequence[str]) -> tuple[list[Definition], list[Reference]] | None:
    """Return the keys of a text in JSON, in order, and no references; None if it is no JSON."""
    text = "\n".join([*lines, ""])
    if len(text) > _MOST_CHARACTERS or not _is_json(text):
        return None
    starts = [0, *accumulate(map(len, lines), lambda at, size: at + size + 1)]
    found: dict[tuple[int, str], Definition] = {}
    for begin, end, name, container in sorted(_keys(text))[:_MOST_KEYS]:
        line = bisect_right(starts, begin)
        if name and (line, name) not in found:
            last = bisect_right(starts, end - 1, line - 1)
            found[line, name] = Definition(name, "key", line, last, container)
    return list(found.values()), []


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is for JavaScript only")


def _keys(text: str) -> Iterator[_Key]:
    """Yield the keys with something in them, each when its value has ended."""
    brackets = ""  # those that are open
    open_: list[tuple[int, str]] = []  # keys whose value is in brackets, and its name
    for match in _TOKEN.finditer(text):
        bracket = match[0]
        if match[2] is not None:
            if brackets not in _HAVING_KEYS:
                continue
            name = _name(match[1])
            if match[3] is None:
                open_.append((match.start(), name))
            elif match[1]:
                yield match.start(), match.end(), name, open_[-1][1] if open_ else ""
        elif bracket in ("{", "["):
            brackets += bracket
        elif bracket in ("}", "]"):
            brackets = brackets[:-1]
            if brackets in _HAVING_KEYS and open_:
                begin, name = open_.pop()
                if name or text[begin + 1] != '"':
                    yield begin, match.end(), name, open_[-1][1] if open_ else ""


def _name(text: str) -> str:
    """Return a key as one would write it: in one line, without quotes and tags around it."""
    if text.isidentifier() and text.isascii():  # as nearly all are
        return text[:_LONGEST_NAME]
    text = text[:_MOST_READ].encode("utf-8", "replace").decode()
    if text.startswith("<"):
        text = _TAG.sub(" ", text)
    text = " ".join(text.split())
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        text = text[1:-1]
    return text[:_LONGEST_NAME]
