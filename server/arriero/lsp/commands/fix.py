"""`arriero.fix`: mend the given problems, else those that are known where the cursor is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams

from arriero.agent.request import RunRequest
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands import prompts
from arriero.lsp.commands.results import RunEnd
from arriero.lsp.commands.runs import request, run
from arriero.lsp.place import lines_of, place_of
from arriero.lsp.problems import problem
from arriero.lsp.progress import Token
from arriero.lsp.wording import first_line
from arriero.workspace.problem import Problem

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection


async def fix(connection: Connection, arguments: CommandArguments, token: Token | None) -> RunEnd:
    """Do it in agent mode, so that the model can check its mending."""
    if arguments.uri is None:
        raise JsonRpcInvalidParams("`textDocument` is missing: say which file is to be fixed.")
    path = connection.documents.path_of(arguments.uri)
    found = [problem(path, one) for one in arguments.diagnostics]
    found = found or _known(connection, path, arguments)

    async def prepare(_: Attachment) -> RunRequest:
        place = await place_of(connection, arguments)
        assert place is not None, "checked above"
        prompt = prompts.fix(place, found, arguments.prompt)
        what = found[0].message if found else place.shown
        label = first_line(f"Fix: {what}")
        return request(arguments, "agent", label, prompt, prompts.beside_fix(place, found), place)

    return await run(connection, "Fix", prepare, token)


def _known(connection: Connection, path: str, arguments: CommandArguments) -> list[Problem]:
    known: Sequence[Problem] = connection.problems.known(path)
    if arguments.range is None:
        return list(known)
    first, last = lines_of(arguments.range)
    return [one for one in known if one.line <= last and one.end_line >= first]
