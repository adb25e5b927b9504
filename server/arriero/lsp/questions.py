"""Questions with buttons, for clients that have nothing better than `window/showMessageRequest`."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from arriero.agent.editor import Answer, PermissionQuestion
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    RenameFile,
    TextChange,
    WorkspaceChange,
)

log = logging.getLogger(__name__)

_PATIENCE = 1800.0  # seconds; after that the user is taken to be away
APPLY, EACH, SHOW, DISCARD = "Apply", "One by one", "Show changes", "Discard"
ACCEPT, REJECT, LEAVE = "Accept", "Reject", "Leave the rest"
_UNKNOWN_METHOD = -32601
# Short, as some clients put them in one narrow row and cut the ends off.
_PERMISSIONS: dict[str, Answer] = {
    "Allow": "allow_once",
    "In session": "allow_always",
    "Always here": "allow_here",
    "Never here": "reject_here",
    "Reject": "reject_once",
}
_ONLY_REJECT = ("Show all", "Reject")
_AT_A_GLANCE = 800  # characters: of a longer message some clients cut the end off


_TICKS = re.compile("`+")


class CannotAsk(Exception):
    """The client does not know `window/showMessageRequest`."""


class QuestionClient(Protocol):
    """The client's end, as far as questions need it."""

    async def request(self, method: str, params: Any, *, timeout: float) -> Any:
        """Ask the client."""


async def choose(
    client: QuestionClient,
    text: str,
    choices: Sequence[str],
    kind: types.MessageType = types.MessageType.Info,
) -> str | None:
    """Return the title that the user chose; None when the question was closed or not shown.

    Raises CannotAsk.
    """
    params = types.ShowMessageRequestParams(
        type=kind, message=text, actions=[types.MessageActionItem(title) for title in choices]
    )
    try:
        item = await client.request(types.WINDOW_SHOW_MESSAGE_REQUEST, params, timeout=_PATIENCE)
    except (JsonRpcException, asyncio.TimeoutError, OSError) as error:
        if getattr(error, "code", None) == _UNKNOWN_METHOD:
            raise CannotAsk from error
        log.info("a question was not answered: %s", error)
        return None
    title = getattr(item, "title", None)
    return title if title in choices else None


async def ask_permission(
    client: QuestionClient,
    question: PermissionQuestion,
    show: Callable[[str, str], Awaitable[None]],
) -> Answer:
    """Ask for a permission; a question that is closed is a no. Raises CannotAsk.

    What is too long for a message is first opened by `show` (title, Markdown), and can be allowed
    only after that.
    """
    words = permission_words(question)
    titles = [title for title, answer in _PERMISSIONS.items() if answer in question.offers]
    warning = types.MessageType.Warning
    if len(words) > _AT_A_GLANCE:
        short = f"Arriero asks: {question.title}? It is long: look at all of it first."
        if await choose(client, short, _ONLY_REJECT, warning) != _ONLY_REJECT[0]:
            return "reject_once"
        await show("Arriero asks", _fenced(question))
        words = f"Arriero asks: {question.title}? All of it stands in the text that was opened."
    title = await choose(client, words, titles, warning)
    return "cancelled" if title is None else _PERMISSIONS[title]


def permission_words(question: PermissionQuestion) -> str:
    """Return a question for a permission so that it reads well on one line too.

    What the title says in full is not said again.
    """
    arguments, _, reasons = question.detail.partition("\n\n")
    lines = [line for line in arguments.splitlines() if not _says(question.title, line)]
    told = "".join(f"\n{line}" for line in lines)
    why = "; ".join(reasons.splitlines())
    return f"Arriero asks: {question.title}?{told}" + (f"\n({why})" if why else "")


def _fenced(question: PermissionQuestion) -> str:
    """Return a question in Markdown that nothing in it can end."""
    longest = max((len(run) for run in _TICKS.findall(question.detail)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{question.title}\n\n{question.detail}\n{fence}\n"


def _says(title: str, line: str) -> bool:
    value = line.partition(": ")[2]
    return bool(value) and title.endswith(f" {value}")


@dataclass(frozen=True)
class Verdicts:
    """What became of hunks that were asked for one by one; ids."""

    accepted: tuple[str, ...]
    rejected: tuple[str, ...]


async def ask_review(
    client: QuestionClient,
    change: WorkspaceChange,
    show: Callable[[], Awaitable[None]],
    one_by_one: Callable[[], Awaitable[None]] | None = None,
) -> bool | None:
    """Ask what becomes of a proposal; "Show changes" shows them and asks again.

    `one_by_one`, where there are several hunks, asks for each. Raises CannotAsk.
    """
    choices = [APPLY, *([EACH] if one_by_one else []), SHOW, DISCARD]
    while True:
        title = await choose(client, f"Arriero: {summary(change)}", choices)
        if title == SHOW:
            await show()
            choices.remove(SHOW)
            continue
        if title == EACH and one_by_one:
            await one_by_one()
            return None
        return None if title is None else title == APPLY


async def ask_hunks(client: QuestionClient, hunks: Sequence[tuple[str, str]]) -> Verdicts:
    """Ask for each hunk, given by its id and its words; closing a question leaves the rest open."""
    accepted: list[str] = []
    rejected: list[str] = []
    for number, (ident, words) in enumerate(hunks, 1):
        text = f"Change {number} of {len(hunks)}: {words}"
        title = await choose(client, text, (ACCEPT, REJECT, LEAVE))
        if title in (None, LEAVE):
            break
        (accepted if title == ACCEPT else rejected).append(ident)
    return Verdicts(tuple(accepted), tuple(rejected))


def summary(change: WorkspaceChange) -> str:
    """Return a change in words, such as "Fix it: 2 files edited, 1 created"."""
    words = {TextChange: "edited", CreateFile: "created", RenameFile: "renamed"}
    counts: dict[str, set[str]] = {}
    for one in change.changes:
        word = "deleted" if isinstance(one, DeleteFile) else words[type(one)]
        counts.setdefault(word, set()).add(one.path)
    parts: list[str] = []
    for word, paths in counts.items():
        files = "" if parts else (" file" if len(paths) == 1 else " files")
        parts.append(f"{len(paths)}{files} {word}")
    return f"{change.label}: {', '.join(parts)}"
