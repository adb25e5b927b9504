"""`arriero/diagnostics`: the editor's problems of all its servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arriero.lsp.messages import DiagnosticsParams

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


def diagnostics(connection: Connection, params: DiagnosticsParams) -> None:
    """Take them in place of what was known of those files."""
    for file in params.files:
        connection.problems.replace(connection.documents.path_of(file.uri), file.diagnostics)
