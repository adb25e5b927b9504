"""Lines that are the same but for signs that look alike: typographic quotes, dashes, wide blanks.

Models write straight quotes for a file's curly ones, and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence

from arriero.workspace.indentation import indentation, reindented

# Each to one character, so that places in a text stay what they are.
_ALIKE = str.maketrans(
    "\u2018\u2019\u201a\u201b\u2032\u00b4\u201c\u201d\u201e\u201f\u2033\u2010\u2011\u2012\u2013"
    "\u2014\u2015\u2212\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\uff0c\uff1a\uff1b\uff08\uff09"
    "\uff01\uff1f\uff1d\u3001",
    "''''''\"\"\"\"\"-------       ,:;()!?=,",
)


def plain(text: str) -> str:
    """Return `text`, as long as it is, with the plain one of all signs that look alike."""
    return text if text.isascii() else text.translate(_ALIKE)


def same_signs(
    given: Sequence[str], found: Sequence[str], new: Sequence[str]
) -> Sequence[str] | None:
    """Return the lines `new`, written to go with `given`, in the signs and indentation of `found`.

    `given` and `found` are the same lines but for blanks around them and signs that look alike. A
    line of `new` that was not changed becomes the found one; in the others a sign is replaced where
    it stands for one sign only.
    """
    moved = reindented(given, found, new)
    if moved is None:
        return None
    signs: dict[str, set[str]] = {}
    for a, b in zip(given, found, strict=True):
        for sign, real in zip(a.strip(), b.strip(), strict=True):
            signs.setdefault(sign, set()).add(real)
    table = str.maketrans(
        {sign: next(iter(real)) for sign, real in signs.items() if len(real) == 1}
    )
    real_lines = {plain(line).strip(): line for line in found}
    return [_line(line, real_lines, table) for line in moved]


def _line(line: str, real: dict[str, str], table: dict[int, str]) -> str:
    key = plain(line).strip()
    end = line[len(line.rstrip("\r\n")) :]
    if key and key in real:
        return indentation(line) + real[key].strip(" \t\r\n") + end
    body = line.rstrip("\r\n")
    return body.translate(table) + end
