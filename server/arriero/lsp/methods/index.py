"""`arriero/index`: how far the indexes of the open folders are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arriero.lsp.index_messages import (
    FolderIndexMessage,
    IndexMessage,
    IndexParams,
    IndexSummary,
    MeaningMessage,
)
from arriero.lsp.methods.search import LONGEST_WAIT

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.daemon.meaning_state import MeaningState
    from arriero.lsp.connection import Connection

_ORDER = ("off", "ready", "paused", "building", "scanning", "waiting")


async def index(connection: Connection, params: IndexParams) -> IndexMessage:
    """Tell it now, or with `wait` once they are ready."""
    attachment = await connection.attached()
    if params.wait > 0:
        await connection.hub.indexes.settle(attachment, min(params.wait, LONGEST_WAIT))
    states = connection.hub.indexes.states(attachment.roots)
    return IndexMessage(
        [
            FolderIndexMessage(
                connection.documents.uri_of(one.root),
                one.state,
                one.files,
                one.done,
                one.message,
                _meaning(one.meaning),
                one.failing,
            )
            for one in states
        ]
    )


def _meaning(state: MeaningState | None) -> MeaningMessage | None:
    if state is None:
        return None
    return MeaningMessage(state.state, state.model, state.chunks, state.done, state.message)


def summary(connection: Connection, attachment: Attachment) -> IndexSummary | None:
    """Return all of them as one; None where no folder is open."""
    states = connection.hub.indexes.states(attachment.roots)
    if not states:
        return None
    return IndexSummary(
        max((one.state for one in states), key=_ORDER.index),
        sum(one.files for one in states),
        sum(one.done for one in states),
    )
