"""What runs may do, and what people were asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from arriero.gateway.pages.desk import Desk
from arriero.gateway.pages.rendering import Block, Shown, render
from arriero.sessions.events import PermissionAnswered, PermissionAsked
from arriero.settings.errors import SettingsError

_MOST = 200
_SETTINGS = (
    "permissions.profile",
    "permissions.commands",
    "permissions.allow",
    "permissions.ask",
    "permissions.deny",
    "shadow.kind",
    "shadow.network",
    "apply",
    "allowed_dirs",
    "trusted_workspaces",
    "gateway.commands",
    "gateway.command_allowlist",
    "gateway.allowed_dirs",
    "gateway.apply",
)


@dataclass(frozen=True)
class QuestionRow:
    """A question; `answer` is empty while nobody answered."""

    at: float
    run_id: str
    question: str
    answer: str


async def permissions(desk: Desk) -> Shown:
    """Show the settings that permit, and the newest questions with their answers."""
    from arriero.gateway.pages.values import shown_values

    problem, values = "", {}
    try:
        values = shown_values(await asyncio.to_thread(desk.load))
    except SettingsError as error:
        problem = str(error)
    answers: dict[str, str] = {}
    rows = []
    for event in await desk.log.recent((PermissionAsked.kind, PermissionAnswered.kind), _MOST):
        body = event.body
        if isinstance(body, PermissionAnswered):
            answers[body.call_id] = body.answer
        elif isinstance(body, PermissionAsked):
            answer = answers.get(body.call_id, "")
            rows.append(QuestionRow(event.at, event.run_id, body.question, answer))
    allowed = [values[name] for name in _SETTINGS if name in values]
    return Shown(
        "Permissions",
        (
            Block("allowed", render("allowed.html", allowed=allowed, problem=problem)),
            Block("questions", render("questions.html", rows=rows)),
        ),
    )
