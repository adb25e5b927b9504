"""`arriero.undo` and `arriero.redo`: of hunks, files, a run, or back to a point in a session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams

from arriero.agent.outcomes import UndoOutcome
from arriero.agent.proposals import UnknownRun
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands.results import ConflictPlace, Undone
from arriero.lsp.progress import Token
from arriero.sessions.session import UnknownSession
from arriero.workspace.conflicts import Conflict
from arriero.workspace.takeback import Selection

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def undo(connection: Connection, arguments: CommandArguments, _: Token | None) -> Undone:
    """Take back what was applied of a run, or of all of a session after a run, and only that."""
    if arguments.session_id is not None:
        runs = await _later(connection, arguments.session_id, arguments.run_id)
        missing = "No run of this session has changed files since, or all are taken back already."
    else:
        runs, missing = [_applied(connection, arguments)], ""
    attachment = await connection.attached()
    try:
        outcome = (
            await attachment.undo(runs[::-1], _meant(connection, arguments))
            if runs
            else UndoOutcome(False, reason=missing)
        )
    except UnknownRun as error:
        raise JsonRpcInvalidParams(str(error)) from error
    return await _told(connection, runs, arguments, outcome)


async def redo(connection: Connection, arguments: CommandArguments, _: Token | None) -> Undone:
    """Do again what was taken back of a run, or of all of a session after a run."""
    attachment = await connection.attached()
    if arguments.session_id is not None:
        runs = await _later(connection, arguments.session_id, arguments.run_id)
    elif arguments.run_id is not None:
        runs = [arguments.run_id]
    else:
        gone = [run.run_id for run in await attachment.changed_runs() if run.taken_back]
        runs = gone[:1]
    try:
        outcome = (
            await attachment.redo(runs, _meant(connection, arguments))
            if runs
            else UndoOutcome(False, reason="Nothing was taken back that could be done again.")
        )
    except UnknownRun as error:
        raise JsonRpcInvalidParams(str(error)) from error
    return await _told(connection, runs, arguments, outcome)


def _applied(connection: Connection, arguments: CommandArguments) -> str:
    """Return the run that is to be taken back: the last that was applied while we looked."""
    return (
        arguments.run_id
        or connection.marks.applied_run
        or connection.latest_run
        or arguments.needed_run()
    )


async def _later(connection: Connection, session_id: str, run_id: str | None) -> list[str]:
    """Return the runs of a session that changed files, oldest first; only those after a run."""
    attachment = await connection.attached()
    try:
        order = list(dict.fromkeys(e.run_id for e in await attachment.events(session_id)))
    except UnknownSession as error:
        raise JsonRpcInvalidParams(str(error)) from error
    if run_id is not None and run_id not in order:
        raise JsonRpcInvalidParams(f"`runId`: there is no run '{run_id}' in this session.")
    later = order[order.index(run_id) + 1 :] if run_id is not None else order
    changed = {run.run_id for run in await attachment.changed_runs(session_id)}
    return [one for one in later if one in changed]


def _meant(connection: Connection, arguments: CommandArguments) -> Selection:
    files = arguments.files
    paths = None if files is None else [connection.documents.path_of(uri) for uri in files]
    return Selection.of(arguments.hunks, paths)


async def _told(
    connection: Connection, runs: Sequence[str], arguments: CommandArguments, outcome: UndoOutcome
) -> Undone:
    if outcome.reason and not connection.options.answers:
        await connection.editor.message("warning", outcome.reason)
    uri_of = connection.documents.uri_of
    return Undone(
        run_id=arguments.run_id or (runs[-1] if runs else ""),
        applied=outcome.applied,
        kept=[uri_of(path) for path in outcome.kept],
        message=outcome.reason,
        runs=[run.run_id for run in outcome.runs],
        hunks=[hunk for run in outcome.runs for hunk in run.hunks] if len(runs) == 1 else [],
        conflicts=[_place(uri_of(one.path), one) for one in outcome.conflicts],
    )


def _place(uri: str, conflict: Conflict) -> ConflictPlace:
    return ConflictPlace(
        uri=uri,
        hunks=list(conflict.hunks),
        line=conflict.line - 1,
        written=conflict.written,
        wanted=conflict.wanted,
        found=conflict.found,
    )
