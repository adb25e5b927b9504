"""`arriero.accept`, `arriero.reject` and `arriero.cancel`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams

from arriero.agent.proposals import UnknownRun
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands.results import Accepted, Cancelled, Rejected
from arriero.lsp.progress import Token

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def accept(connection: Connection, arguments: CommandArguments, _: Token | None) -> Accepted:
    """Apply hunks of a proposal, all that are open if none are named.

    With `confirm` the client is to show them in its own preview of edits first, where it has one.
    """
    run_id = await _waiting(connection, arguments)
    attachment = await connection.attached()
    try:
        outcome = await attachment.accept(run_id, arguments.hunks, confirm=arguments.confirm)
    except UnknownRun as error:
        raise JsonRpcInvalidParams(str(error)) from error
    await _say(connection, outcome.reason)
    return Accepted(
        run_id, outcome.applied, list(outcome.hunks), list(outcome.stale), outcome.reason
    )


async def reject(connection: Connection, arguments: CommandArguments, _: Token | None) -> Rejected:
    """Reject hunks of a proposal, all that are open if none are named."""
    run_id = await _waiting(connection, arguments)
    attachment = await connection.attached()
    try:
        return Rejected(run_id, await attachment.reject(run_id, arguments.hunks))
    except UnknownRun as error:
        raise JsonRpcInvalidParams(str(error)) from error


async def cancel(connection: Connection, arguments: CommandArguments, _: Token | None) -> Cancelled:
    """End a run that goes on."""
    run_id = _run(connection, arguments)
    return Cancelled(run_id, await (await connection.attached()).cancel(run_id))


def _run(connection: Connection, arguments: CommandArguments) -> str:
    """Return the run that is meant: a person in a plain editor knows no ids, and means the last."""
    return arguments.run_id or connection.latest_run or arguments.needed_run()


async def _waiting(connection: Connection, arguments: CommandArguments) -> str:
    """Return the run whose proposal is meant: the last, else the newest one that waits here."""
    waiting = (await connection.attached()).waiting
    if arguments.run_id is None and connection.latest_run is None and waiting:
        return waiting[-1].run_id
    return _run(connection, arguments)


async def _say(connection: Connection, text: str) -> None:
    if text and not connection.options.answers:
        await connection.editor.message("warning", text)
