"""`arriero/proposal`: a run's proposal, for a client that shows it by hunk."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from arriero.agent.proposals import UnknownRun
from arriero.lsp.edits import EditWriter, Unsupported
from arriero.lsp.messages import FileMessage, HunkMessage, ProposalMessage, RunParams
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.proposal import FileProposal, Proposal

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

log = logging.getLogger(__name__)


async def proposal(connection: Connection, params: RunParams) -> ProposalMessage:
    """Return the proposal of a run; raises JsonRpcInvalidParams if it proposed nothing."""
    attachment = await connection.attached()
    try:
        found = await attachment.proposal(params.run_id)
    except UnknownRun as error:
        raise JsonRpcInvalidParams(str(error)) from error
    edit = await _edit(connection, found)
    return ProposalMessage(
        run_id=found.run_id,
        session_id=found.session_id,
        label=found.label,
        files=await asyncio.to_thread(lambda: [_file(connection, one) for one in found.files]),
        edit=edit,
    )


async def _edit(connection: Connection, found: Proposal) -> types.WorkspaceEdit | None:
    if not found.open_hunks:
        return None
    writer = EditWriter(connection.client, connection.documents.uri_of)
    try:
        change = await connection.hub.proposals.change(found.run_id, connection.editor)
        return await asyncio.to_thread(writer.write, change)
    except (Unsupported, WorkspaceError) as error:
        log.info("no edit for %s: %s", found.run_id, error)
        return None


def _file(connection: Connection, file: FileProposal) -> FileMessage:
    uri_of = connection.documents.uri_of
    return FileMessage(
        uri=uri_of(file.path),
        kind=file.kind,
        new_uri=None if file.new_path is None else uri_of(file.new_path),
        old_text=file.base,
        new_text=file.proposed,
        hunks=[
            HunkMessage(
                id=hunk.id,
                state=hunk.state,
                line=hunk.line - 1,
                old_lines=list(hunk.old_lines),
                new_lines=list(hunk.new_lines),
            )
            for hunk in file.hunks
        ],
    )
