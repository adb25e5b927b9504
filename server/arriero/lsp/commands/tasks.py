"""The commands that are nothing but words: a prompt about a place, in a mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pygls.exceptions import JsonRpcInvalidParams

from arriero.agent.request import RunRequest
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands import prompts
from arriero.lsp.commands.follow_comment import follow_comment
from arriero.lsp.commands.prompts import Place
from arriero.lsp.commands.results import RunEnd
from arriero.lsp.commands.runs import Refused, request, run
from arriero.lsp.commands.written import begin_comment, written_request
from arriero.lsp.place import place_of
from arriero.lsp.problems import problem
from arriero.lsp.progress import Token
from arriero.lsp.wording import first_line
from arriero.tools.registry import Mode

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection


@dataclass(frozen=True)
class Task:
    """One such command. `words` makes the prompt of a place and the user's wish.

    Without `words` the user's own prompt is sent as it is, and must be there.
    """

    title: str
    mode: Mode
    words: Callable[[Place, str], str] | None = None
    answers: bool = False


TASKS = {
    "arriero.ask": Task("Ask", "ask", answers=True),
    "arriero.edit": Task("Edit", "edit"),
    "arriero.agent": Task("Agent", "agent"),
    "arriero.explain": Task("Explain", "ask", prompts.explain, answers=True),
    "arriero.document": Task("Add documentation", "edit", prompts.document),
    "arriero.test": Task("Write tests", "edit", prompts.tests),
    "arriero.review": Task("Review", "ask", prompts.review, answers=True),
}
_BEGUN = "Say what is wanted in the comment, and choose “Follow this comment” there."
_MISSING: dict[Literal["prompt", "place"], str] = {
    "prompt": "`prompt` is missing: say what is wanted; or write it where the cursor is, as a "
    "comment `arriero: …`, and choose “Follow this comment”.",
    "place": "`textDocument` is missing: say which file is meant.",
}


async def do_task(
    task: Task, connection: Connection, arguments: CommandArguments, token: Token | None
) -> RunEnd:
    """Do one of the tasks; raises JsonRpcInvalidParams for an argument that lacks what it needs."""
    if task.words is None and not arguments.prompt:
        if arguments.uri is None:
            raise JsonRpcInvalidParams(_MISSING["prompt"])
        found = await written_request(connection, arguments)
        if found is not None:
            answer = task.mode == "ask"
            return await follow_comment(connection, arguments, token, answer=answer)
    if task.words is not None and arguments.uri is None:
        raise JsonRpcInvalidParams(_MISSING["place"])

    async def prepare(attachment: Attachment) -> RunRequest:
        # Where no folder is open the model has nothing to read with: it is given the file.
        place = await place_of(connection, arguments, whole=not attachment.roots)
        if task.words is None and not arguments.prompt:
            begun = await begin_comment(connection, arguments)
            raise Refused(_BEGUN if begun else _MISSING["prompt"])
        if task.words is None:
            prompt, label = arguments.prompt, first_line(arguments.prompt)
        else:
            assert place is not None, "checked above"
            prompt = task.words(place, arguments.prompt)
            label = f"{task.title}: {place.shown}"
        found = [problem("", one) for one in arguments.diagnostics]
        items = prompts.context(place) + prompts.problems(found)
        return request(arguments, task.mode, label, prompt, items, place)

    return await run(connection, task.title, prepare, token, answers=task.answers)
