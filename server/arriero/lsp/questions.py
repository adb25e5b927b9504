"""Questions with buttons, for clients that have nothing better than `window/showMessageRequest`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from arriero.agent.editor import Answer, PermissionQuestion
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    RenameFile,
    TextChange,
    WorkspaceChange,
)

log = logging.getLogger(__name__)

_PATIENCE = 1800.0  # seconds; after that the user is taken to be away
APPLY, SHOW, DISCARD = "Apply", "Show changes", "Discard"
_PERMISSIONS: dict[str, Answer] = {
    "Allow once": "allow_once",
    "Always in this session": "allow_always",
    "Reject": "reject_once",
}


class QuestionClient(Protocol):
    """The client's end, as far as questions need it."""

    async def request(self, method: str, params: Any, *, timeout: float) -> Any:
        """Ask the client."""


async def choose(
    client: QuestionClient,
    text: str,
    choices: Sequence[str],
    kind: types.MessageType = types.MessageType.Info,
) -> str | None:
    """Return the title that the user chose; None when the question was closed or not shown."""
    params = types.ShowMessageRequestParams(
        type=kind, message=text, actions=[types.MessageActionItem(title) for title in choices]
    )
    try:
        item = await client.request(types.WINDOW_SHOW_MESSAGE_REQUEST, params, timeout=_PATIENCE)
    except (JsonRpcException, asyncio.TimeoutError, OSError) as error:
        log.info("a question was not answered: %s", error)
        return None
    title = getattr(item, "title", None)
    return title if title in choices else None


async def ask_permission(client: QuestionClient, question: PermissionQuestion) -> Answer:
    """Ask for a permission; a question that is closed is a no."""
    text = f"{question.title}\n{question.detail}"
    title = await choose(client, text, tuple(_PERMISSIONS), types.MessageType.Warning)
    return "cancelled" if title is None else _PERMISSIONS[title]


async def ask_review(
    client: QuestionClient, change: WorkspaceChange, show: Callable[[], Awaitable[None]]
) -> bool | None:
    """Ask what becomes of a proposal; "Show changes" shows them and asks again."""
    choices = [APPLY, SHOW, DISCARD]
    while True:
        title = await choose(client, f"Arriero: {summary(change)}", choices)
        if title == SHOW:
            await show()
            choices.remove(SHOW)
            continue
        return None if title is None else title == APPLY


def summary(change: WorkspaceChange) -> str:
    """Return a change in words, such as "Fix it: 2 files edited, 1 created"."""
    words = {TextChange: "edited", CreateFile: "created", RenameFile: "renamed"}
    counts: dict[str, set[str]] = {}
    for one in change.changes:
        word = "deleted" if isinstance(one, DeleteFile) else words[type(one)]
        counts.setdefault(word, set()).add(one.path)
    parts: list[str] = []
    for word, paths in counts.items():
        files = "" if parts else (" file" if len(paths) == 1 else " files")
        parts.append(f"{len(paths)}{files} {word}")
    return f"{change.label}: {', '.join(parts)}"
