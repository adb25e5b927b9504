"""`arriero/search`: what is in the workspace, open documents included."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, get_args

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from arriero.index.search import MORE, Kind, SearchHit, asks_nothing
from arriero.lsp.index_messages import SearchHitMessage, SearchMessage, SearchParams
from arriero.workspace.matcher import BadPattern

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST_WAIT = 30.0  # seconds
_MOST = 1_000  # hits of all pages


async def search(connection: Connection, params: SearchParams) -> SearchMessage:
    """Search; answers at once unless it was told to wait, from what is there."""
    kind = next((one for one in KINDS if one == params.kind), None)
    if kind is None:
        raise JsonRpcInvalidParams(f"`kind` is one of {', '.join(KINDS)}, not '{params.kind}'.")
    if asks_nothing(params.query, kind):
        raise JsonRpcInvalidParams("`query` is empty; say what to look for.")
    start = _start(params.cursor)
    end = min(start + max(params.limit, 1), _MOST)
    attachment = await connection.attached()
    if not attachment.roots:
        return SearchMessage([], complete=True, note="No folder is open; open one to search it.")
    indexes = connection.hub.indexes
    await indexes.settle(attachment, min(max(params.wait, 0.0), LONGEST_WAIT))
    searcher = indexes.searcher(attachment.roots, connection.documents)
    try:
        found = await asyncio.to_thread(searcher.search, params.query, kind, end + 1)
    except BadPattern as error:
        raise JsonRpcInvalidParams(f"The regular expression is not valid: {error}.") from error
    hits = [_hit(connection, hit) for hit in found.hits[start:end]]
    if len(found.hits) <= end:
        return SearchMessage(hits, found.complete, found.note)
    if end < _MOST:
        return SearchMessage(hits, found.complete, found.note, str(end))
    return SearchMessage(hits, complete=False, note=found.note or MORE)


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit():
        raise JsonRpcInvalidParams("`cursor` is none that a search has answered.")
    return min(int(cursor[:9]), _MOST)


def _hit(connection: Connection, hit: SearchHit) -> SearchHitMessage:
    place = types.Range(types.Position(hit.line - 1, 0), types.Position(hit.end_line, 0))
    return SearchHitMessage(connection.documents.uri_of(hit.path), place, hit.text, list(hit.why))
