"""Lines of a text with their numbers, as every tool shows them."""

from __future__ import annotations

from collections.abc import Iterable

MOST_COLUMNS = 2_000


def numbered(lines: Iterable[str], first: int = 1, *, columns: int = MOST_COLUMNS) -> str:
    """Return lines, given without their ends, each with its number from `first` and a tab.

    A line of more than `columns` characters is cut, with a mark that tells how much is missing.
    """
    return "\n".join(f"{n:>6}\t{cut(line, columns)}" for n, line in enumerate(lines, first))


def around(lines: list[str], first: int, last: int, context: int = 3) -> str:
    """Return lines `first` to `last` (from 1) numbered, with some before and after them."""
    start = max(first - context, 1)
    return numbered(lines[start - 1 : last + context], start)


def plain_lines(text: str) -> list[str]:
    """Return the lines of a text without their ends; an empty text has none.

    Lines end as in LSP: with CR LF, LF or CR.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def cut(line: str, columns: int) -> str:
    """Return a line, or its beginning and how many characters of it are left out."""
    if len(line) <= columns:
        return line
    return f"{line[:columns]}… [{len(line) - columns:,} more characters]"
