"""`textDocument/completion`: what may come next at the cursor, as an item of the editor's list.

For clients without `textDocument/inlineCompletion`. The facts are of LSP 3.17: the range of an
item's edit is on one line and contains the position, and clients compare what stands in it with
`filterText`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.daemon.completing import Elsewhere
from arriero.lsp.methods.inline_completion import ACCEPTED, LONGEST, TITLE, spot_at

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

_FIRST = "!"  # sorts before letters and digits: at the end of a list it is never seen
_LABEL = 60  # characters
_WORD = re.compile(r"\w*\Z")
_DASHED_WORD = re.compile(r"[\w-]*\Z")
_DASHED = {"lisp", "clojure", "css", "scss"}  # languages where a dash is part of a name


async def completion(
    connection: Connection, params: types.CompletionParams
) -> types.CompletionList:
    """Suggest one item or none; a newer request of this connection ends an older one.

    The list is never complete, so that the client asks again as the user types.
    """
    document = connection.server.documents.find(params.text_document.uri)
    if document is None or not connection.items.offered:
        return types.CompletionList(is_incomplete=False, items=[])
    index, _ = document.snapshot  # as it was at the request: nothing was awaited
    if len(index.text) > LONGEST:
        return types.CompletionList(is_incomplete=False, items=[])
    offset = document.offset_at(params.position)
    spot = spot_at(connection, params.text_document.uri, index, offset, document.language_id)
    word = word_before(spot.head, spot.language)
    span = types.Range(
        types.Position(*index.position_at(offset - len(word), document.encoding)),
        types.Position(*index.position_at(offset, document.encoding)),
    )
    attachment = await connection.attached()
    if not attachment.settings.completion.as_items:  # switched off since it was offered
        return types.CompletionList(is_incomplete=False, items=[])
    found = await connection.completing.suggest(
        attachment,
        spot,
        Elsewhere(connection.texts, connection.recent.newest, connection.display),
        # A client says "invoked" of every letter that is typed too: the pause is for all.
        explicit=False,
        # Who takes snippets puts in several lines. Of others some do not: Neovim's own completion
        # up to 0.10 writes a NUL where a line ends.
        one_line=not connection.client.snippets,
    )
    items = [] if found is None else [_item(word + found.text, span, found.ident)]
    return types.CompletionList(is_incomplete=True, items=items)


def word_before(head: str, language: str) -> str:
    """Return the beginning of a name that a line up to the cursor ends with, or ""."""
    pattern = _DASHED_WORD if language in _DASHED else _WORD
    found = pattern.search(head[-_LABEL:])
    return found.group() if found else ""


def _item(text: str, span: types.Range, ident: str) -> types.CompletionItem:
    lines = text.splitlines()
    line = next((one.strip() for one in lines if one.strip()), "")
    return types.CompletionItem(
        label=line if len(line) <= _LABEL else line[: _LABEL - 1] + "…",
        kind=types.CompletionItemKind.Text,
        detail="Arriero",
        documentation=text,
        preselect=False,
        sort_text=_FIRST,
        filter_text=lines[0] if lines and lines[0].strip() else line,
        insert_text=text,  # for clients that know no edits
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(span, text),
        command=types.Command(title=TITLE, command=ACCEPTED, arguments=[{"completionId": ident}]),
    )
