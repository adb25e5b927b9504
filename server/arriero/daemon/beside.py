"""What stands beside the prompt of a run: the part of `agent.gathering` that knows the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from arriero.agent.context import last_compaction
from arriero.agent.gathering import Ask, Budget, Gathered, gather
from arriero.agent.gathering.spot import Spot
from arriero.agent.history import Conversation
from arriero.agent.tokens import TokenEstimate
from arriero.daemon.surroundings import Surroundings
from arriero.sessions.events import Applied, Event, Undone
from arriero.workspace.errors import WorkspaceError


async def beside(
    around: Surroundings,
    events: Sequence[Event],
    history: Conversation,
    estimate: TokenEstimate,
    budget: Budget,
) -> Gathered:
    """Return what the user gave, and what helps with it, within a budget.

    `events` are those of the session so far, and `history` is what they tell.
    """
    request, indexes, buffers = around.request, around.parts.indexes, around.editor.buffers
    # Of what a command says, its name tells most about the workspace: "Fix: unused import".
    own_words = request.prompt.lstrip().startswith(request.label.rstrip("…"))
    return await gather(
        Ask(
            request.prompt,
            request.attachments,
            spot=await _spot(around),
            ambient=request.ambient,
            query="" if own_words else request.label,
            first=history.system is None,
            said=await asyncio.to_thread(_said, events, history),
            edited=_edited(events),
        ),
        around.view,
        around.editor,
        indexes.searcher(around.run.roots, buffers) if indexes.indexed(around.run.roots) else None,
        budget,
        estimate.snapshot().text,
    )


async def _spot(around: Surroundings) -> Spot | None:
    """Return where the user is; a file that may not be read does not come along for that."""
    spot = around.request.at
    try:
        hidden = spot is not None and await asyncio.to_thread(around.view.withholds, spot.path)
    except WorkspaceError:  # not of the workspace, which is said where it is looked for
        hidden = False
    return None if hidden else spot


def _edited(events: Sequence[Event]) -> list[str]:
    """Return the files that the session's runs have changed and that were not taken back."""
    edited: dict[str, None] = {}
    for event in events:
        if isinstance(event.body, Applied):
            edited.update(dict.fromkeys(event.body.paths))
        elif isinstance(event.body, Undone):
            for path in event.body.paths:
                edited.pop(path, None)
    return list(edited)


def _said(events: Sequence[Event], history: Conversation) -> str:
    """Return the user's messages that the model is still sent."""
    compaction = last_compaction(events)
    sent = compaction.render(history.messages) if compaction else history.messages
    return "\n".join(message.content for message in sent if message.role == "user")
