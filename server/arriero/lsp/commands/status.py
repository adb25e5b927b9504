"""`arriero.status`: the status as `arriero/status` tells it, and for a person as a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arriero.agent.report import percent
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.messages import StatusMessage, StatusParams
from arriero.lsp.methods.status import status as tell_status
from arriero.lsp.progress import Token

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def status(
    connection: Connection, _arguments: CommandArguments, _: Token | None
) -> StatusMessage:
    """Tell it, and show it unless the client shows answers itself."""
    told = await tell_status(connection, StatusParams())
    if not connection.options.answers:
        await connection.editor.message(
            "info" if told.provider_state == "ready" else "warning", _sentence(told)
        )
    return told


def _sentence(told: StatusMessage) -> str:
    model = f"{told.model} ({told.provider})" if told.model else f"{told.provider}, best model"
    runs = _runs(told)
    context = f"{told.context.line}." if told.context is not None else ""
    parts = [f"Arriero {told.version}: {model}, {runs}.", context, _spill(told), told.message]
    return " ".join(part for part in parts if part)


def _spill(told: StatusMessage) -> str:
    residence = told.residence
    if residence is None or residence.cpu_share <= 0:
        return ""
    return f"{percent(residence.cpu_share)} of {residence.model} runs on the CPU."


def _runs(told: StatusMessage) -> str:
    states = [run.state for run in told.runs]
    counts = [(states.count("running"), "running"), (states.count("review"), "to review")]
    return ", ".join(f"{count} {words}" for count, words in counts if count) or "idle"
