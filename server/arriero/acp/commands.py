"""The slash commands of a chat: what is answered at once, without a run and without a model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acp import schema

from arriero.agent.report import ContextReport, report
from arriero.sessions.session import UnknownSession

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment

_CONTEXT = "context"


def available() -> schema.AvailableCommandsUpdate:
    """Return the update that tells the client of them."""
    return schema.AvailableCommandsUpdate(
        session_update="available_commands_update",
        available_commands=[
            schema.AvailableCommand(
                name=_CONTEXT,
                description="Show what the model's window holds, and what is left out of it",
            )
        ],
    )


def asks_for_context(text: str) -> bool:
    """Tell whether a prompt is the command `/context`."""
    return text.strip() == f"/{_CONTEXT}"


async def context(attachment: Attachment, session_id: str) -> ContextReport:
    """Return the report on a session; an empty one if it was deleted meanwhile."""
    try:
        events = await attachment.events(session_id)
    except UnknownSession:
        return ContextReport()
    return await asyncio.to_thread(report, events)
