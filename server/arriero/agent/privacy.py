"""Secrets on the way to a model and back: names in what it is shown, the real ones in its edits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from arriero.agent.request import ContextItem
from arriero.observe import secrets
from arriero.tools.base import Tool, ToolError, ToolResult
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.view import WorkspaceView

_TO_BE_FOUND = ("old_string",)  # what only says where an edit belongs


async def shown(text: str) -> str:
    """Return a text as a model may see it."""
    return await asyncio.to_thread(_hidden, text)


async def shown_result(result: ToolResult) -> ToolResult:
    """Return what a tool brought as a model may see it; the changes are for the user, as they are.

    Cancelling the caller does not wait for it.
    """
    text = await shown(result.text)
    return result if text == result.text else replace(result, text=text)


async def shown_items(items: Sequence[ContextItem]) -> list[ContextItem]:
    """Return what stands beside a prompt as a model may see it."""
    return [replace(item, text=await shown(item.text)) for item in items]


def restored(tool: Tool, arguments: Mapping[str, Any], view: WorkspaceView) -> dict[str, Any]:
    """Return the arguments of an edit with the file's secrets in the places of their names.

    Blocks: call it in a thread. Raises ToolError where the edit would write a name into a file that
    has no secret of that name.
    """
    given = dict(arguments)
    texts = {key: value for key, value in given.items() if isinstance(value, str)}
    if tool.kind != "edit" or not any(map(secrets.NAME.search, texts.values())):
        return given
    source = _text(view, texts.get("path", ""))
    for key, text in texts.items():
        given[key] = secrets.revealed(text, source)
        left = secrets.unknown_names(given[key], source)
        if left and key not in _TO_BE_FOUND:
            raise ToolError(
                f"{left[0]} stands for a secret that is not in this file, so it cannot be written "
                "there. Leave that line as it is, or leave it out and say to the user which secret "
                "belongs where."
            )
    return given


def _hidden(text: str) -> str:
    secrets.load()
    return secrets.hidden(text)


def _text(view: WorkspaceView, path: str) -> str:
    try:
        return view.peek(path).text
    except WorkspaceError:
        return ""  # a new file has no secrets yet; the tool says what else is wrong
