"""`arriero/changes`: the runs of which something can be taken back, or done again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arriero.lsp.change_messages import (
    ChangedFileMessage,
    ChangedRunMessage,
    ChangesMessage,
    ChangesParams,
)

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def changes(connection: Connection, params: ChangesParams) -> ChangesMessage:
    """Return the runs of the open folders that changed files, or those of one session."""
    attachment = await connection.attached()
    uri_of = connection.documents.uri_of
    return ChangesMessage(
        [
            ChangedRunMessage(
                run.run_id,
                run.session_id,
                run.label,
                run.at,
                [
                    ChangedFileMessage(uri_of(file.path), file.applied, file.taken_back)
                    for file in run.files
                ],
            )
            for run in await attachment.changed_runs(params.session_id)
        ]
    )
