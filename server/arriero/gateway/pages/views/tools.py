"""The log of tool calls, over all runs."""

from __future__ import annotations

from dataclasses import dataclass

from arriero.gateway.pages.desk import Desk
from arriero.gateway.pages.rendering import Block, Shown, render
from arriero.sessions.events import ToolEnded, ToolStarted

_MOST = 400  # events; a call has two


@dataclass(frozen=True)
class CallRow:
    """One call; `status` is empty while it goes on."""

    at: float
    run_id: str
    name: str
    title: str
    status: str
    duration_ms: int


async def tools(desk: Desk) -> Shown:
    """Show the newest calls."""
    ended: dict[str, ToolEnded] = {}
    rows = []
    for event in await desk.log.recent((ToolStarted.kind, ToolEnded.kind), _MOST):
        body = event.body
        if isinstance(body, ToolEnded):
            ended[body.call_id] = body
        elif isinstance(body, ToolStarted):
            end = ended.get(body.call_id)
            status, took = (end.status, end.duration_ms) if end else ("", 0)
            rows.append(CallRow(event.at, event.run_id, body.name, body.title, status, took))
    return Shown("Tools", (Block("calls", render("calls.html", rows=rows)),))
