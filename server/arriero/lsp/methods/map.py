"""`arriero/map`: an outline of what matters in the workspace, within a budget of tokens."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams

from arriero.agent.tokens import TokenEstimate
from arriero.index.map import Focus
from arriero.lsp.index_messages import MapMessage, MapParams
from arriero.lsp.methods.search import LONGEST_WAIT

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

_MOST = 100_000  # tokens
_LOOK_EVERY = 0.1  # seconds: what matters is worked out soon after the index is ready
_NOT_YET = "What matters most is not worked out yet; ask again in a moment."


async def repo_map(connection: Connection, params: MapParams) -> MapMessage:
    """Make the map, from the point of view of the open documents and the words."""
    if not 0 < params.tokens <= _MOST:
        raise JsonRpcInvalidParams(f"`tokens` is a number from 1 to {_MOST}.")
    end = time.monotonic() + min(params.wait, LONGEST_WAIT)
    attachment = await connection.attached()
    await connection.hub.indexes.settle(attachment, max(end - time.monotonic(), 0.0))
    searcher = connection.hub.indexes.searcher(attachment.roots, connection.documents)
    paths = tuple(buffer.path for buffer in connection.documents.all())
    focus = Focus(open_files=paths, words=params.words)
    estimate = TokenEstimate("").text
    while True:
        text = await asyncio.to_thread(searcher.outline, params.tokens, estimate, focus)
        # Of an index that is not ready by now there is nothing to wait for.
        if text or time.monotonic() >= end or searcher.note():
            break
        await asyncio.sleep(_LOOK_EVERY)
    note = searcher.note() or ("" if text or not attachment.roots else _NOT_YET)
    return MapMessage(text, estimate(text) if text else 0, not note, note)
