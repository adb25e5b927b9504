"""`arriero.followComment`: do what an `arriero: …` comment at the cursor asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams

from arriero.agent.request import RunRequest
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands import prompts
from arriero.lsp.commands.results import RunEnd
from arriero.lsp.commands.runs import Refused, request, run
from arriero.lsp.comments import find_request
from arriero.lsp.place import text_lines
from arriero.lsp.progress import Token
from arriero.lsp.wording import first_line

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection


async def follow_comment(
    connection: Connection, arguments: CommandArguments, token: Token | None
) -> RunEnd:
    """Find the comment in the text as it is now, and do it in edit mode."""
    uri, selected = arguments.uri, arguments.range
    if uri is None:
        raise JsonRpcInvalidParams("`textDocument` is missing: say which file has the comment.")

    async def prepare(_: Attachment) -> RunRequest:
        path = connection.documents.path_of(uri)
        lines = await text_lines(connection, path)
        first = selected.start.line if selected else 0
        last = selected.end.line if selected else len(lines) - 1
        found = find_request(lines, first, last)
        if found is None:
            raise Refused(
                "There is no comment `arriero: …` at the cursor; write one that says what to do, "
                "such as `# arriero: use a dataclass here`."
            )
        shown = connection.display(path)
        place = prompts.Place(shown, found.first_line + 1, found.last_line + 1)
        prompt = prompts.follow_comment(place, found.text)
        if arguments.prompt:
            prompt = f"{prompt}\nThe user adds: {arguments.prompt}"
        return request(arguments, "edit", first_line(found.text), prompt)

    return await run(connection, "Follow the comment", prepare, token)
