"""`arriero.commitMessage`: words for the staged changes, else for all that are not committed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from arriero.agent.request import RunRequest
from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands import prompts
from arriero.lsp.commands.git_changes import NoRepository, git_changes
from arriero.lsp.commands.results import RunEnd
from arriero.lsp.commands.runs import Refused, request, run
from arriero.lsp.progress import Token

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.lsp.connection import Connection


async def commit_message(
    connection: Connection, arguments: CommandArguments, token: Token | None
) -> RunEnd:
    """Write the message in ask mode; it is the result's `message`, and commits nothing."""

    async def prepare(attachment: Attachment) -> RunRequest:
        try:
            changes = await git_changes(_folder(connection, attachment, arguments))
        except NoRepository as error:
            raise Refused(str(error)) from error
        if not changes.diff.strip():
            raise Refused("There is nothing to commit: no change is staged, and none is unstaged.")
        prompt, item = prompts.commit_message(changes.diff, changes.staged, arguments.prompt)
        return request(arguments, "ask", "Commit message", prompt, (item,), ambient=False)

    return await run(connection, "Commit message", prepare, token, answers=True)


def _folder(connection: Connection, attachment: Attachment, arguments: CommandArguments) -> str:
    """Return the folder whose repository is meant: the document's, else the workspace's first."""
    if arguments.uri is not None:
        path = Path(connection.documents.path_of(arguments.uri))
        if path.is_absolute():
            return str(path if path.is_dir() else path.parent)
    if not attachment.roots:
        raise Refused("Open the folder of a Git repository first.")
    return attachment.roots[0]
