"""Private keys in texts: whole ones, and those of which an end is not shown.

Found by looking for their marks one after the other, as a pattern over many lines would take time
that grows with the square of what a hostile text has of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z ]{0,30}PRIVATE KEY")
# What is within: base64 and headers such as `DEK-Info: AES-128-CBC,0A1B`, in code with quotes, and
# between the lines what shows them. Nothing of a program that only speaks of keys.
_WITHIN = re.compile(r"(?:[A-Za-z0-9+/=:,.\s\"'-]|\\[nr])*")
_BASE64 = re.compile(r"[A-Za-z0-9+/=]{24}")
_LINE = re.compile(r"[ \t]*(?:\d+\t)?[A-Za-z0-9+/=]{4,100}\r?\n?")
_LONGEST = 20_000  # characters of one key
_MOST_LINES = 400


def with_keys_hidden(text: str, name: Callable[[str], str]) -> str:
    """Return the text with the keys' contents replaced by what `name` gives for each."""
    if "PRIVATE KEY" not in text:
        return text
    parts: list[str] = []
    at = 0
    for begin in _BEGIN.finditer(text):
        stop = _stop(text, begin.end())
        if begin.start() >= at and stop > begin.end():
            parts += (text[at : begin.end()], name(text[begin.end() : stop]))
            at = stop
    return _with_tails_hidden("".join((*parts, text[at:])), name)


def _stop(text: str, start: int) -> int:
    """Return where the content that begins at `start` ends; `start` where there is none."""
    end = text.find("-----END", start, start + _LONGEST)
    if end >= 0:
        content = text[start:end]
        whole = _WITHIN.fullmatch(content) and _BASE64.search(content)
        return end if whole else start
    stop = line = text.find("\n", start, start + 3) + 1 or start
    for _ in range(_MOST_LINES):
        found = _LINE.match(text, line)
        if found is None or found.end() == line:
            break
        stop = line = found.end()
    return stop if _BASE64.search(text, start, stop) else start


def _with_tails_hidden(text: str, name: Callable[[str], str]) -> str:
    parts: list[str] = []
    at = 0
    for end in _END.finditer(text):
        start = end.start()
        for _ in range(_MOST_LINES):
            before = text.rfind("\n", at, start - 1) + 1 if start - 1 > at else at
            line = _LINE.fullmatch(text, before, start)
            if before >= start or line is None or before < at:
                break
            start = before
        if _BASE64.search(text, start, end.start()):
            parts += (text[at:start], name(text[start : end.start()]))
            at = end.start()
    return "".join((*parts, text[at:]))
