"""`arriero/diagnostics`: the editor's problems of all its servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arriero.lsp import marks
from arriero.lsp.messages import DiagnosticsParams

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


def diagnostics(connection: Connection, params: DiagnosticsParams) -> None:
    """Take them in place of what was known of those files; our own marks are no problems.

    A client that has nothing to tell yet says with no files that it will.
    """
    connection.problems.told = True
    for file in params.files:
        problems = [one for one in file.diagnostics if one.source != marks.SOURCE]
        connection.problems.replace(connection.documents.path_of(file.uri), problems)
