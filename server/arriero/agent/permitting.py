"""Permission for one tool call: judged, asked for if need be, remembered, and told to the trail."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Literal

from arriero.agent.editor import Answer, Editor, PermissionQuestion
from arriero.agent.permissions import Call, Decision, Permissions
from arriero.agent.permissions.shown import one_line, visible
from arriero.sessions.events import (
    EventBody,
    Notice,
    PermissionAnswered,
    PermissionAsked,
    PermissionDecided,
)
from arriero.shadow.environment import search_path
from arriero.tools.base import Tool, ToolContext
from arriero.workspace.errors import WorkspaceError

_REFUSED = "Error: the user refused this call. Go on without it, or explain why it is needed."
_PATHS = ("path", "new_path", "from_path", "to_path", "source", "destination")


class Permitting:
    """Sees to the permissions of one run."""

    def __init__(
        self,
        permissions: Permissions,
        context: ToolContext,
        editor: Editor,
        emit: Callable[[EventBody], Awaitable[None]],
        *,
        session_id: str,
        run_id: str,
    ) -> None:
        self._permissions = permissions
        self._context = context
        self._editor = editor
        self._emit = emit
        self._session_id = session_id
        self._run_id = run_id

    async def refusal(self, tool: Tool, arguments: Mapping[str, Any], call_id: str) -> str:
        """Return what the model is told if the call may not be executed, empty if it may."""
        call, decision = await asyncio.to_thread(self._judged, tool, arguments)
        if call.runs or decision.rule or decision.verdict != "allow":
            told = PermissionDecided(call_id, decision.verdict, decision.because, decision.rule)
            await self._emit(told)
        if decision.verdict == "deny":
            return (
                f"Error: the user's settings do not allow this call ({decision.because}). "
                "Go on without it."
            )
        if decision.verdict == "ask" and not await self._asked(tool, call, decision, call_id):
            return _REFUSED
        return ""

    def _judged(self, tool: Tool, arguments: Mapping[str, Any]) -> tuple[Call, Decision]:
        shadow = self._context.shadow
        call = Call(
            tool.name,
            # What goes on in the background was permitted when it began.
            "read" if tool.name == "command_output" else tool.kind,
            arguments,
            tuple(dict.fromkeys(self._paths(arguments))),
            self._context.view.roots,
            self._context.cwd,
            shadow.confines,
            shadow.boundary,
            tuple(search_path(self._context.environment)),
        )
        return call, self._permissions.judge(call)

    def _paths(self, arguments: Mapping[str, Any]) -> Iterator[str]:
        for name in _PATHS:
            path = arguments.get(name)
            if isinstance(path, str) and "\0" not in path:
                with contextlib.suppress(WorkspaceError):  # the call itself says what is wrong
                    yield self._context.view.locate(path)
                yield os.path.normpath(os.path.join(self._context.cwd, os.path.expanduser(path)))

    async def _asked(self, tool: Tool, call: Call, decision: Decision, call_id: str) -> bool:
        shown = await asyncio.to_thread(visible, tool.parameters.given(call.arguments))
        # What stands within the boundary is told with the result; a question is to be read whole.
        boundary = call.boundary.partition("; within it")[0]
        told = [decision.because, *([boundary] if call.runs else [])]
        form = ", ".join(decision.form)
        if form:
            told.append(f"Kept for this workspace it is: {form}")
        question = PermissionQuestion(
            self._session_id,
            self._run_id,
            call_id,
            one_line(tool.title(call.arguments)),
            f"{shown}\n\n" + "\n".join(map(one_line, told)),
            offers=_offers(decision),
            form=form,
        )
        await self._emit(PermissionAsked(call_id, question.detail))
        answer = await self._editor.ask(question)
        if answer not in question.offers and answer != "cancelled":
            answer = "cancelled"  # an answer that was not offered is none
        await self._emit(PermissionAnswered(call_id, answer))
        if answer == "allow_always":
            self._permissions.allow_always(decision)
        elif answer in ("allow_here", "reject_here"):
            await self._remember(decision, "allow" if answer == "allow_here" else "deny")
        return answer in ("allow_once", "allow_always", "allow_here")

    async def _remember(self, decision: Decision, then: Literal["allow", "deny"]) -> None:
        if not await asyncio.to_thread(self._permissions.remember, decision, then):
            text = "Your answer holds for this call only: it could not be kept; the log says why."
            await self._emit(Notice("warning", text))


def _offers(decision: Decision) -> tuple[Answer, ...]:
    """Return the answers that make sense, the one that changes nothing last."""
    session: tuple[Answer, ...] = ("allow_always",) if decision.session else ()
    here: tuple[Answer, ...] = ("allow_here", "reject_here") if decision.form else ()
    return ("allow_once", *session, *here, "reject_once")
