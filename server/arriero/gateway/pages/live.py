"""Live pages: what changed of a view, sent as server-sent events until the browser leaves."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from arriero.gateway.pages.rendering import Block, Shown
from arriero.sessions.log import SessionLog

log = logging.getLogger(__name__)

LOOK = 0.4  # seconds between two looks at whether there is something new
IDLE = 3.0  # seconds after which a view is made anew in any case

View = Callable[[], Awaitable["Shown | None"]]


async def changes(
    view: View, events: SessionLog, *, look: float = LOOK, idle: float = IDLE
) -> AsyncGenerator[bytes, None]:
    """Yield events: first all that is shown, then what differs from the time before.

    Each has `set`: blocks as id, stamp, the id of the one before, and html; and `drop`: ids.
    """
    shown: dict[str, str] = {}
    newest, waited = -1, idle
    while True:
        now = await events.newest()
        if now != newest or waited >= idle:
            newest, waited = now, 0.0
            try:
                made = await view()
            except (sqlite3.Error, OSError):
                log.exception("a page cannot be shown")
                made = None
            if made is None:
                yield b"event: gone\ndata: {}\n\n"
                return
            if data := difference(shown, made.blocks):
                yield f"data: {data}\n\n".encode()
            else:
                yield b": still here\n\n"
            shown = {block.id: block.stamp for block in made.blocks}
        await asyncio.sleep(look)
        waited += look


def difference(shown: dict[str, str], blocks: Sequence[Block]) -> str:
    """Return what a page has to change, as JSON in one line; empty if nothing."""
    before, news = "", []
    for block in blocks:
        if shown.get(block.id) != block.stamp:
            news.append([block.id, block.stamp, before, block.html])
        before = block.id
    gone = sorted(set(shown) - {block.id for block in blocks})
    return json.dumps({"set": news, "drop": gone}) if news or gone else ""
