"""What a client is shown of a run: progress, and the notifications of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arriero.agent.proposals import UnknownRun
from arriero.lsp.messages import ProposalChangedParams
from arriero.lsp.wording import first_line
from arriero.sessions.events import (
    Applied,
    Compacted,
    Event,
    EventBody,
    Notice,
    PermissionAsked,
    ProposalChanged,
    Rejected,
    RunEnded,
    RunStarted,
    StepEnded,
    StepRetried,
    Text,
    Thought,
    ToolStarted,
    Undone,
)

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

PROPOSAL_CHANGED = "arriero/proposalChanged"


def show(connection: Connection, event: Event) -> None:
    """Show a stored event to one client; sends only, so that it returns at once."""
    for extension in connection.extensions:
        extension.event(event)
    connection.context.saw(event)
    connection.marks.saw(event)
    _show_progress(connection, event)
    body = event.body
    if isinstance(body, (ProposalChanged, Applied, Rejected, Undone)):
        connection.spawn(_tell_proposal(connection, event))
    if isinstance(body, (RunStarted, RunEnded, StepEnded, Compacted)):
        connection.status_changed()


def _show_progress(connection: Connection, event: Event) -> None:
    run_id, body = event.run_id, event.body
    progress = connection.progresses.of_run(run_id)
    if (
        progress is None
        and isinstance(body, RunStarted)
        and not _shown_elsewhere(connection, event)
    ):
        # Another door started it; here it is seen and can be cancelled too.
        title = f"Arriero: {first_line(body.prompt, 60)}"
        progress = connection.progresses.open(run_id, title, lambda: connection.cancel(run_id))
        connection.progresses.bind(run_id, progress)
    if progress is None:
        return
    if isinstance(body, RunEnded):
        connection.progresses.close(progress, first_line(body.message, 120))
        return
    words = _words(body)
    if words:
        progress.report(words)


def _shown_elsewhere(connection: Connection, event: Event) -> bool:
    return any(extension.owns(event.run_id) for extension in connection.extensions)


def _words(body: EventBody) -> str | None:
    """Say what goes on; pieces of a text repeat the same words, which are sent once."""
    if isinstance(body, RunStarted):
        return f"Waiting for {body.model}" if body.model else "Starting"
    if isinstance(body, Thought):
        return "Thinking"
    if isinstance(body, Text):
        return "Answering"
    if isinstance(body, ToolStarted):
        return body.title
    if isinstance(body, PermissionAsked):
        return "Waiting for your permission"
    if isinstance(body, StepRetried):
        return f"Asking again: {body.reason}"
    if isinstance(body, Notice):
        return body.text
    return None


async def _tell_proposal(connection: Connection, event: Event) -> None:
    try:
        proposal = await connection.hub.proposals.get(event.run_id)
    except UnknownRun:
        return  # removed with its session meanwhile
    connection.notify(
        PROPOSAL_CHANGED,
        ProposalChangedParams(
            run_id=event.run_id,
            session_id=event.session_id,
            uris=[connection.documents.uri_of(path) for path in proposal.paths],
            open_hunks=len(proposal.open_hunks),
        ),
    )
