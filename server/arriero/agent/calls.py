"""One tool call from the model's words to its result: checked, permitted, executed, capped."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from arriero import large_json
from arriero.agent.advice import Advisor
from arriero.agent.blocking import in_thread
from arriero.agent.editor import Editor
from arriero.agent.permissions import Permissions
from arriero.agent.permitting import Permitting
from arriero.agent.privacy import restored, shown_result
from arriero.agent.run_limits import RunLimits
from arriero.models.types import ToolCall
from arriero.sessions.events import (
    EventBody,
    Location,
    ToolEnded,
    ToolStarted,
    ToolStatus,
)
from arriero.shadow.types import ShadowError
from arriero.tools.base import Tool, ToolContext, ToolError, ToolResult
from arriero.tools.registry import find
from arriero.tools.schema import ArgumentError
from arriero.workspace.errors import WorkspaceError

log = logging.getLogger(__name__)

Emit = Callable[[EventBody], Awaitable[None]]


@dataclass(frozen=True)
class CallResult:
    """The text for the model, and whether the call was one: an offered tool, read arguments.

    `ends`: the run ends after this answer's calls.
    """

    text: str
    understood: bool = True
    ends: bool = False


@dataclass(frozen=True)
class _Outcome:
    status: ToolStatus
    result: ToolResult


class Caller:
    """Executes the tool calls of one run, one after the other."""

    def __init__(
        self,
        tools: Sequence[Tool],
        context: ToolContext,
        permissions: Permissions,
        editor: Editor,
        emit: Emit,
        advisor: Advisor,
        *,
        session_id: str,
        run_id: str,
        result_chars: int,
        limits: RunLimits,
        mask_secrets: bool,
    ) -> None:
        self._tools = tuple(tools)
        self._context = context
        self._emit = emit
        self._advisor = advisor
        self._permitting = Permitting(
            permissions, context, editor, emit, session_id=session_id, run_id=run_id
        )
        self._result_chars = result_chars
        self._limits = limits
        self._mask_secrets = mask_secrets

    @property
    def offered(self) -> dict[str, tuple[str, ...]]:
        """The names of the tools, each with those of its parameters in their order."""
        return {tool.name: tool.parameters.names for tool in self._tools}

    @property
    def stop(self) -> str:
        """Why the run cannot go on: it is at a limit, or the model turns in a circle.

        Empty while it can.
        """
        return self._limits.reached or self._advisor.stop

    def begin_anew(self) -> None:
        """The model is given its tools in another form: what it repeated before is forgotten."""
        self._advisor.begin_anew()

    async def call(self, call: ToolCall, step: int, unreadable: str = "") -> CallResult:
        """Execute one call and return its result; never raises but for cancelling.

        `unreadable` says why a call that the model printed cannot be read; it is not executed.
        """
        tool = find(call.name, self._tools)
        arguments, complaint = (
            ({}, f"Error: {unreadable}") if unreadable else self._read(tool, call)
        )
        await self._emit(
            ToolStarted(
                step,
                call.id,
                call.name,
                dict(call.arguments),
                tool.title(arguments) if tool is not None else call.name,
                tool.kind if tool is not None else "other",
                self._locations(arguments),
            )
        )
        began = time.monotonic()
        try:
            if tool is None or complaint:
                outcome = _Outcome("error", ToolResult(complaint))
            elif words := self._limits.reached:
                outcome = _Outcome("refused", ToolResult(f"Error: not executed. {words}"))
            else:
                outcome = await self._permitted(tool, arguments, call)
            outcome = replace(outcome, result=await self._for_the_model(outcome.result))
        except asyncio.CancelledError:
            await asyncio.shield(self._ended(call, step, began, _CANCELLED))
            raise
        name = tool.name if tool else call.name
        try:
            outcome = await self._advised(name, call, arguments, outcome)
        except asyncio.CancelledError:
            await asyncio.shield(self._ended(call, step, began, outcome))
            raise
        await self._ended(call, step, began, outcome)
        result = outcome.result
        return CallResult(result.text, understood=not complaint, ends=result.ends)

    def _read(self, tool: Tool | None, call: ToolCall) -> tuple[dict[str, Any], str]:
        if tool is None:
            names = ", ".join(t.name for t in self._tools) or "none"
            return {}, f"Error: there is no tool '{call.name}' here. The tools are: {names}."
        try:
            return tool.parameters.read(call.arguments), ""
        except ArgumentError as error:
            return {}, f"Error: {error}"

    def _locations(self, arguments: dict[str, Any]) -> tuple[Location, ...]:
        path = arguments.get("path")
        if not isinstance(path, str):
            return ()
        try:
            return (Location(self._context.view.locate(path), None),)
        except WorkspaceError:
            return ()  # the call itself will say what is wrong with the path

    async def _permitted(self, tool: Tool, arguments: dict[str, Any], call: ToolCall) -> _Outcome:
        if refusal := await self._permitting.refusal(tool, arguments, call.id):
            return _Outcome("refused", ToolResult(refusal))
        return await self._execute(tool, arguments)

    async def _execute(self, tool: Tool, arguments: dict[str, Any]) -> _Outcome:
        try:
            if self._mask_secrets and tool.kind == "edit":
                arguments = await asyncio.to_thread(restored, tool, arguments, self._context.view)
            if inspect.iscoroutinefunction(tool.function):
                result = await tool.function(self._context, **arguments)
            else:
                result = await asyncio.to_thread(tool.function, self._context, **arguments)
        except (ToolError, WorkspaceError, ShadowError) as error:
            return _Outcome("error", ToolResult(f"Error: {error}"))
        except Exception:
            log.exception("the tool %s failed", tool.name)
            text = f"Error: {tool.name} failed inside Arriero. Try another way; the log has more."
            return _Outcome("error", ToolResult(text))
        if not isinstance(result, ToolResult):
            result = ToolResult(result)
        status: ToolStatus = "error" if result.text.startswith("Error:") else "ok"
        return _Outcome(status, result)

    async def _advised(
        self, name: str, call: ToolCall, arguments: dict[str, Any], outcome: _Outcome
    ) -> _Outcome:
        """Add what the model should know beside the result, such as that it repeats itself."""
        result = outcome.result
        failed_edit = outcome.status == "error" and "path" in arguments
        lines = await asyncio.to_thread(self._lines, arguments) if failed_edit else None
        given = arguments or call.arguments
        seen = (name, given, outcome.status, result.text, lines)
        large = large_json.weight([given, result.text]) >= large_json.LARGE
        text = await in_thread(self._advisor.after, *seen) if large else self._advisor.after(*seen)
        return replace(outcome, result=replace(result, text=text))

    def _lines(self, arguments: dict[str, Any]) -> int | None:
        """Return the lines of the file that a call names, None where there is none."""
        try:
            return len(self._context.view.peek(str(arguments["path"])).text.splitlines())
        except WorkspaceError:
            return None

    async def _for_the_model(self, result: ToolResult) -> ToolResult:
        """Return a result without secrets, and not too long: what is cut may be half of one."""
        if self._mask_secrets:
            result = await shown_result(result)
        cap = self._result_chars
        if len(result.text) <= cap:
            return result
        head, tail = result.text[: cap * 2 // 3], result.text[-cap // 3 :]
        left_out = len(result.text) - len(head) - len(tail)
        text = f"{head}\n… {left_out} characters left out; ask for a smaller part …\n{tail}"
        return replace(result, text=text)

    async def _ended(self, call: ToolCall, step: int, began: float, outcome: _Outcome) -> None:
        await self._emit(
            ToolEnded(
                step,
                call.id,
                call.name,
                outcome.status,
                outcome.result.text,
                round((time.monotonic() - began) * 1000),
                outcome.result.locations,
                outcome.result.diffs,
            )
        )


_CANCELLED = _Outcome("cancelled", ToolResult("Error: the user cancelled this call."))
