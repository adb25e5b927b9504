"""The tool that reads a page of the web, where the user's settings list its host."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from arriero.tools.base import ToolContext, ToolError, tool
from arriero.tools.web_page import readable

if TYPE_CHECKING:
    from arriero.tools.web import Document

_MOST_CHARACTERS = 12_000


@tool(kind="fetch", title="Fetch {url}")
async def fetch_document(context: ToolContext, url: str, offset: int = 0) -> str:
    """Read a page of documentation from the web as text. A long one is shown in parts.

    Args:
        url: Its address, beginning with https://.
        offset: Character to begin at, to read on.
    """
    # Commands of the terminal that name the tools need no HTTP for it.
    from arriero.tools.web import Web

    document = await Web(context.fetch_hosts).fetch(url)
    return await asyncio.to_thread(shown, document, max(offset, 0))


def shown(document: Document, offset: int) -> str:
    """Return the part of a document from a character on. Raises ToolError."""
    is_page = document.media_type in ("text/html", "application/xhtml+xml")
    text = readable(document.text) if is_page else document.text.strip()
    if not text:
        return f"{document.address} has no text."
    if offset >= len(text):
        raise ToolError(f"{document.address} has {len(text)} characters; give a smaller offset.")
    end = min(offset + _MOST_CHARACTERS, len(text))
    facts = [f"characters {offset}-{end} of {len(text)}"]
    if end < len(text):
        facts.append(f"use offset={end} to continue")
    elif document.cut:
        facts.append("the rest of the document was too long to fetch")
    return f"{document.address}\n\n{text[offset:end]}\n[{'; '.join(facts)}]"
