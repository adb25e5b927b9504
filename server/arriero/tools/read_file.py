"""The tool that reads a text file."""

from __future__ import annotations

from arriero.sessions.events import Location
from arriero.tools.base import ToolContext, ToolError, ToolResult, tool
from arriero.workspace.encoding import Document, describe
from arriero.workspace.excerpt import numbered, plain_lines

_MOST_CHARACTERS = 12_000


@tool(kind="read", title="Read {path}")
def read_file(context: ToolContext, path: str, offset: int = 1, limit: int = 0) -> ToolResult:
    """Read a text file. Each line is shown with its number and a tab before it. A long file is
    shown in parts, and the last line says how to go on: read on only if you need the rest.

    Args:
        path: File to read, relative to the workspace.
        offset: First line to show, from 1; negative counts from the end.
        limit: How many lines to show; 0 for as many as fit.
    """
    document = context.view.read(path)
    shown = context.view.display(document.path)
    lines = plain_lines(document.text)
    if not lines:
        return _result(document, 1, f"{shown} is empty.")
    first = max(len(lines) + offset + 1, 1) if offset < 0 else max(offset, 1)
    if first > len(lines):
        raise ToolError(
            f"{shown} has {_count(len(lines))}, so there is no line {first}. "
            f"Give an offset from 1 to {len(lines)}."
        )
    last = len(lines) if limit <= 0 else min(first + limit - 1, len(lines))
    text, last = _fitting(lines, first, last)
    return _result(document, first, f"{text}\n{_footer(document, first, last, len(lines))}")


def _fitting(lines: list[str], first: int, last: int) -> tuple[str, int]:
    """Return the numbered lines that fit, at least one, and the last of them."""
    shown: list[str] = []
    size = 0
    for number in range(first, last + 1):
        line = numbered(lines[number - 1 : number], number)
        size += len(line) + 1
        if shown and size > _MOST_CHARACTERS:
            return "\n".join(shown), number - 1
        shown.append(line)
    return "\n".join(shown), last


def _footer(document: Document, first: int, last: int, total: int) -> str:
    facts = []
    if (first, last) == (1, total):
        facts.append(_count(total))
    else:
        facts.append(f"lines {first}-{last} of {total}")
    if last < total:
        facts.append(f"use offset={last + 1} to continue")
    elif not document.final_newline:
        facts.append("no newline at the end")
    if document.encoding != "utf-8":
        facts.append(describe(document.encoding))
    return f"[{'; '.join(facts)}]"


def _result(document: Document, line: int, text: str) -> ToolResult:
    if document.notice:
        text = f"{text}\nNote: {document.notice}"
    return ToolResult(text, (Location(document.path, line),))


def _count(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines} lines"
