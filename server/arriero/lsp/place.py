"""Where a command was given: the document, the selection and its text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.lsp.commands.prompts import Place
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.text import LineIndex, split_lines

if TYPE_CHECKING:
    from arriero.lsp.arguments import CommandArguments
    from arriero.lsp.connection import Connection


async def place_of(
    connection: Connection, arguments: CommandArguments, *, whole: bool = False
) -> Place | None:
    """Return the place, None where the command names no document.

    A selection brings its text along, `whole` that of the file; otherwise the model reads for
    itself. A file that cannot be read brings none.
    """
    if arguments.uri is None:
        return None
    path = connection.documents.path_of(arguments.uri)
    shown = connection.display(path)
    selected = arguments.range
    if selected is None:
        text = await text_of(connection, path) if whole else ""
        return Place(shown, text=text, whole=whole)
    first, last = lines_of(selected)
    if selected.start == selected.end:
        return Place(shown, first, last)
    index = LineIndex(await text_of(connection, path))
    encoding = connection.client.encoding
    start = index.offset_at(selected.start.line, selected.start.character, encoding)
    end = index.offset_at(selected.end.line, selected.end.character, encoding)
    return Place(shown, first, last, index.text[start:end])


def lines_of(selected: types.Range) -> tuple[int, int]:
    """Return first and last line of a range, from 1; one that ends before a line leaves it out."""
    last = selected.end.line
    if selected.end.character == 0 and last > selected.start.line:
        last -= 1
    return selected.start.line + 1, last + 1


async def text_of(connection: Connection, path: str) -> str:
    """Return the text of a document as the user has it; empty where there is none.

    A file that is not open is only read beneath the open folders.
    """
    try:
        current = await asyncio.to_thread(connection.texts.text, path)
    except WorkspaceError:
        return ""
    return current.text or ""


async def text_lines(connection: Connection, path: str) -> list[str]:
    """Return the lines of a document without their line ends."""
    return [line.rstrip("\r\n") for line in split_lines(await text_of(connection, path))]
