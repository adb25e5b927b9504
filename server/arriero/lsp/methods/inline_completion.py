"""`textDocument/inlineCompletion` (LSP 3.18): what may come next at the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.agent.completion.spot import Spot, language_at
from arriero.daemon.completing import Elsewhere
from arriero.workspace.text import LineIndex

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

ACCEPTED = "arriero.completionAccepted"
TITLE = "Suggestion accepted"
_HEAD = 200  # characters that may tell a language
LONGEST = 16 << 20  # characters of a text in which nothing is suggested


async def inline_completion(
    connection: Connection, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    """Suggest one text or none; a newer request of this connection ends an older one."""
    document = connection.server.documents.find(params.text_document.uri)
    if document is None:
        return types.InlineCompletionList([])
    index, _ = document.snapshot  # as it was at the request: nothing was awaited
    if len(index.text) > LONGEST:
        return types.InlineCompletionList([])
    offset = document.offset_at(params.position)
    selected = params.context.selected_completion_info
    span, typed = types.Range(params.position, params.position), ""
    if selected is not None:
        # The text is taken to be as if the editor's own completion had been accepted.
        start = document.offset_at(selected.range.start)
        end = max(document.offset_at(selected.range.end), start)
        index, offset = index.replaced(start, end, selected.text), start + len(selected.text)
        span, typed = selected.range, selected.text
    spot = spot_at(connection, params.text_document.uri, index, offset, document.language_id)
    attachment = await connection.attached()
    found = await connection.completing.suggest(
        attachment,
        spot,
        Elsewhere(connection.texts, connection.recent.newest, connection.display),
        explicit=params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked,
    )
    if found is None:
        return types.InlineCompletionList([])
    command = types.Command(
        title=TITLE, command=ACCEPTED, arguments=[{"completionId": found.ident}]
    )
    item = types.InlineCompletionItem(typed + found.text, range=span, command=command)
    return types.InlineCompletionList([item])


def spot_at(
    connection: Connection, uri: str, index: LineIndex, offset: int, language_id: str
) -> Spot:
    """Return a cursor at an offset, in code points, of an open document."""
    path = connection.documents.path_of(uri)
    language = language_at(path, language_id, index.text[:_HEAD])
    return Spot(path, language, index, offset, told=language_id)
