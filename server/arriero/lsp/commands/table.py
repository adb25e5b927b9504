"""Every command by its name."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from arriero.lsp.arguments import CommandArguments
from arriero.lsp.commands import proposals, undoing
from arriero.lsp.commands.commit_message import commit_message
from arriero.lsp.commands.completion_accepted import completion_accepted
from arriero.lsp.commands.fix import fix
from arriero.lsp.commands.follow_comment import follow_comment
from arriero.lsp.commands.reindex import reindex
from arriero.lsp.commands.select_model import select_model
from arriero.lsp.commands.status import status
from arriero.lsp.commands.stop_all import stop_all
from arriero.lsp.commands.tasks import TASKS, do_task
from arriero.lsp.progress import Token

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

Command = Callable[["Connection", CommandArguments, Token | None], Awaitable[Any]]

COMMANDS: dict[str, Command] = {
    **{name: functools.partial(do_task, task) for name, task in TASKS.items()},
    "arriero.fix": fix,
    "arriero.commitMessage": commit_message,
    "arriero.followComment": follow_comment,
    "arriero.accept": proposals.accept,
    "arriero.reject": proposals.reject,
    "arriero.undo": undoing.undo,
    "arriero.redo": undoing.redo,
    "arriero.cancel": proposals.cancel,
    "arriero.stopAll": stop_all,
    "arriero.status": status,
    "arriero.reindex": reindex,
    "arriero.selectModel": select_model,
    "arriero.completionAccepted": completion_accepted,
}
