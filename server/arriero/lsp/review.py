"""A proposal judged by questions, for clients that have no preview of edits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from arriero.agent.proposals import UnknownRun
from arriero.lsp import questions
from arriero.lsp.marks import in_words
from arriero.workspace.changes import WorkspaceChange
from arriero.workspace.proposal import Proposal

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def by_questions(connection: Connection, change: WorkspaceChange, run_id: str) -> bool | None:
    """Ask for the whole of a proposal or for one hunk after the other; raises CannotAsk.

    None leaves open what was not decided.
    """
    try:
        proposal = await connection.hub.proposals.get(run_id)
    except UnknownRun as error:
        await connection.editor.message("warning", str(error))
        return None

    async def show() -> None:
        text = await asyncio.to_thread(proposal.unified, connection.display)
        await connection.editor.show_file(change.label, text, ".diff")

    async def one_by_one() -> None:
        await _ask_each(connection, proposal)

    each: Callable[[], Awaitable[None]] | None = one_by_one
    if len(proposal.open_hunks) < 2:
        each = None
    return await questions.ask_review(connection, change, show, each)


async def _ask_each(connection: Connection, proposal: Proposal) -> None:
    told = [
        (hunk.id, f"{connection.display(hunk.path)}, line {hunk.line}\n{in_words(hunk)}")
        for hunk in proposal.open_hunks
    ]
    verdicts = await questions.ask_hunks(connection, told)
    attachment = await connection.attached()
    if verdicts.rejected:
        await attachment.reject(proposal.run_id, verdicts.rejected)
    if verdicts.accepted:
        outcome = await attachment.accept(proposal.run_id, verdicts.accepted)
        if outcome.reason:
            await connection.editor.message("warning", outcome.reason)
