"""Words for a model from an editor that has no box to type them in: a comment in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.agent.completion.syntax import comments
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.comments import CommentRequest, find_request
from arriero.lsp.place import text_lines, text_of
from arriero.workspace.changes import Replacement, TextChange, WorkspaceChange
from arriero.workspace.text import LineIndex, dominant_eol

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

_PATIENCE = 10.0  # seconds for the editor to move its cursor


async def written_request(
    connection: Connection, arguments: CommandArguments
) -> CommentRequest | None:
    """Return the `arriero: …` comment at the place that a command was given for."""
    if arguments.uri is None:
        return None
    lines = await text_lines(connection, connection.documents.path_of(arguments.uri))
    selected = arguments.range
    first = selected.start.line if selected else 0
    last = selected.end.line if selected else len(lines) - 1
    return find_request(lines, first, last)


async def begin_comment(connection: Connection, arguments: CommandArguments) -> bool:
    """Put an empty `arriero:` comment above the selection, and the cursor into it.

    Only in an open document; False where the editor does not take it.
    """
    if arguments.uri is None or arguments.range is None:
        return False
    path = connection.documents.path_of(arguments.uri)
    buffer = connection.documents.get(path)
    if buffer is None:
        return False
    text = await text_of(connection, path)
    index, line = LineIndex(text), arguments.range.start.line
    at = index.line_start(line)
    here = text[at : index.line_end(line)]
    indent = here[: len(here) - len(here.lstrip(" \t"))]
    opener, closer = _how(buffer.language)
    words = f"{indent}{opener} arriero: "
    new = f"{words}{closer}{dominant_eol(text)}"
    change = TextChange(path, text, (Replacement(at, at, new),), buffer.version)
    outcome = await connection.editor.apply(
        WorkspaceChange("Begin a comment", (change,)), confirm=False
    )
    if outcome.applied and connection.client.show_document:
        cursor = types.Position(line, LineIndex(words).position_at(len(words), "utf-16")[1])
        params = types.ShowDocumentParams(
            arguments.uri, take_focus=True, selection=types.Range(cursor, cursor)
        )
        connection.spawn(connection.request(types.WINDOW_SHOW_DOCUMENT, params, timeout=_PATIENCE))
    return outcome.applied


def _how(language: str) -> tuple[str, str]:
    how = comments(language)
    if how.line or how.block is None:
        return how.line or "#", ""
    return how.block[0], f" {how.block[1]}"
