"""Questions for a permission, answered by a function of the program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from arriero.agent.editor import Answer, PermissionQuestion
from arriero.api.calling import outcome
from arriero.headless.editor import Ask

Permission: TypeAlias = Callable[
    [PermissionQuestion], "bool | Answer | Awaitable[bool] | Awaitable[Answer]"
]


def asking(permission: Permission) -> Ask:
    """Return what asks `permission`; a function that is not asynchronous may block.

    True allows the call once, False refuses it.
    """

    async def ask(question: PermissionQuestion) -> Answer:
        said = await outcome(permission, question)
        if isinstance(said, bool):
            return "allow_once" if said else "reject_once"
        answer: Answer = said
        return answer

    return ask
