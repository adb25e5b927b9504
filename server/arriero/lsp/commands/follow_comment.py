"""`arriero.followComment`: do what an `arriero: …` comment at the cursor asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams

from arriero.agent.request import RunRequest
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands import prompts
from arriero.lsp.commands.results import RunEnd
from arriero.lsp.commands.runs import Refused, request, run
from arriero.lsp.commands.written import written_request
from arriero.lsp.progress import Token
from arriero.lsp.wording import first_line
from arriero.tools.registry import Mode

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection


async def follow_comment(
    connection: Connection,
    arguments: CommandArguments,
    token: Token | None,
    *,
    answer: bool = False,
) -> RunEnd:
    """Find the comment in the text as it is now, and do it in edit mode.

    One that ends with a question mark is answered instead, as with `answer` any is, and stays.
    """
    uri = arguments.uri
    if uri is None:
        raise JsonRpcInvalidParams("`textDocument` is missing: say which file has the comment.")

    found = await written_request(connection, arguments)
    asks = answer or (found is not None and found.is_question)

    async def prepare(_: Attachment) -> RunRequest:
        if found is None:
            raise Refused(
                "There is no comment `arriero: …` at the cursor; write one that says what to do, "
                "such as `# arriero: use a dataclass here`."
            )
        shown = connection.display(connection.documents.path_of(uri))
        place = prompts.Place(shown, found.first_line + 1, found.last_line + 1)
        prompt = (prompts.answer_comment if asks else prompts.follow_comment)(place, found.text)
        if arguments.prompt:
            prompt = f"{prompt}\nThe user adds: {arguments.prompt}"
        mode: Mode = "ask" if asks else "edit"
        return request(arguments, mode, first_line(found.text), prompt)

    return await run(connection, "Follow the comment", prepare, token, answers=asks)
