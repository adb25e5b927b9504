"""Finding what a comment `arriero: …` asks, in any language's comments."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NEAR = 3  # lines above or below the cursor that still count as "at the cursor"
_LONGEST = 1_000  # characters of a line: a longer one is no comment that somebody wrote

# What comments begin with in some hundred languages, at the beginning of a line or after code.
_ANYWHERE = r"#+|//+!?|/\*+!?|--+|;+|%+|<!--|\{-|\(\*|--\[\[|dnl\b"
# What may end a string just as well, and so only counts at the beginning of a line.
_FIRST = r"\*|'+|\"+|!|\.\.|REM\b"
_CLOSERS = r"(?:\*+/|--+>|-\}|\*\)|\"\"\"|'''|\]\])"
_REQUEST = re.compile(
    rf"^(?:(?P<before>.*?)(?P<opener>{_ANYWHERE})|[ \t]*(?P<first>{_FIRST})?)[ \t]*"
    rf"\barriero:[ \t]*(?P<text>\S.*?)[ \t]*(?P<closer>{_CLOSERS})?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CommentRequest:
    """A comment that asks something. Lines from 0, the last one included."""

    text: str
    first_line: int
    last_line: int

    @property
    def is_question(self) -> bool:
        """Whether an answer is wanted, and no edit."""
        return self.text.rstrip().endswith("?")


def find_request(lines: list[str], first: int, last: int) -> CommentRequest | None:
    """Return the request in lines `first` to `last` (from 0), else the nearest one around them."""
    if not lines:
        return None
    first, last = min(max(first, 0), len(lines) - 1), min(last, len(lines) - 1)
    inside = range(first, last + 1)
    around = [n for d in range(1, _NEAR + 1) for n in (first - d, last + d)]
    for number in (*inside, *around):
        if 0 <= number < len(lines) and (found := _request_at(lines, number)) is not None:
            return found
    return _started_above(lines, first)


def _started_above(lines: list[str], line: int) -> CommentRequest | None:
    """Return a request of several lines that `line` is part of."""
    for number in range(line - 1, max(line - 20, -1), -1):
        found = _request_at(lines, number)
        if found is not None:
            return found if found.last_line >= line else None
    return None


def _request_at(lines: list[str], number: int) -> CommentRequest | None:
    match = _REQUEST.match(lines[number].rstrip()) if len(lines[number]) <= _LONGEST else None
    if match is None:
        return None
    text, last = [match["text"]], number
    if match["closer"] is None:
        for line in lines[number + 1 : number + 20]:
            more = _continuation(line, match)
            if more is None or len(line) > _LONGEST:
                break
            last += 1
            closed = re.search(rf"[ \t]*{_CLOSERS}[ \t]*$", more)
            text.append(more[: closed.start()] if closed else more)
            if closed:
                break
    return CommentRequest(" ".join(part.strip() for part in text if part.strip()), number, last)


def _continuation(line: str, first: re.Match[str]) -> str | None:
    """Return the words of a line that goes on with the comment, None where it does not."""
    opener, stripped = first["opener"] or first["first"], line.strip()
    if opener is None or (first["before"] or "").strip():
        return None  # a trailing comment, or a block whose beginning we did not see
    if opener.startswith(("/*", "<!--", "{-", "(*")):
        return re.sub(r"^\*(?!/)[ \t]*", "", stripped) if stripped else None
    if not stripped.startswith(opener) or re.search(r"\barriero:", stripped, re.IGNORECASE):
        return None
    words = stripped[len(opener) :]
    return words if words.strip() else None
