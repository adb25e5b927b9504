"""`arriero/diagnostics`: the editor's problems of all its servers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from arriero.lsp import marks
from arriero.lsp.messages import DiagnosticsParams
from arriero.lsp.problems import problem

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

_AT_ONCE = 100  # files or problems are taken before others have their turn: a millisecond or two


async def diagnostics(connection: Connection, params: DiagnosticsParams) -> None:
    """Take them in place of what was known of those files; our own marks are no problems.

    A client that has nothing to tell yet says with no files that it will. What is told later is
    taken later.
    """
    connection.problems.told = True
    left = _AT_ONCE
    async with connection.problems.being_taken:
        for file in params.files:
            path = connection.documents.path_of(file.uri)
            found = []
            for one in (None, *file.diagnostics):
                if not left:
                    await asyncio.sleep(0)
                    left = _AT_ONCE
                left -= 1
                if one is not None and one.source != marks.SOURCE:
                    found.append(problem(path, one))
            connection.problems.replace(path, found)
