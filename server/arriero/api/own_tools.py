"""Tools as Python programs have them: functions of their own, and ours as an array for others."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
from collections.abc import Callable, Iterable
from typing import Any, overload

from pydantic_core import to_jsonable_python

from arriero.api.calling import outcome
from arriero.sessions.events import ToolKind
from arriero.tools.base import Tool, ToolContext, ToolResult
from arriero.tools.registry import TOOLS, Mode, offered
from arriero.tools.schema import Parameters

Function = Callable[..., Any]


@overload
def tool(function: Function) -> Tool: ...
@overload
def tool(*, kind: ToolKind = "other", title: str = "") -> Callable[[Function], Tool]: ...
def tool(
    function: Function | None = None, *, kind: ToolKind = "other", title: str = ""
) -> Tool | Callable[[Function], Tool]:
    """Make a tool of a typed function with a docstring.

        @tool
        def weather(city: str, days: int = 1) -> str:
            "Tell the weather of a city."

    The first paragraph of the docstring tells the model what it does, a Google-style section
    `Args:` what its parameters mean. What it returns is given to the model, as JSON where it is
    not a text (dataclasses and pydantic's models as objects, dates as texts); an exception becomes
    an error that the model sees. A function that is not `async` runs in a thread. One whose first
    parameter is annotated as `ToolContext` is given that. `kind="execute"` asks for a permission
    before each call. `title` is shown to people and may name parameters in braces. Raises TypeError
    for a parameter without a type, or one that cannot be given by its name.
    """
    if function is None:
        return lambda inner: _made(inner, kind, title)
    return _made(function, kind, title)


def get_tools_array(
    tools: Iterable[str | Tool | Function] | None = None, *, mode: Mode = "agent"
) -> list[dict[str, Any]]:
    """Return tools in the form of OpenAI's and Ollama's `tools`; by default those of the mode.

    Among these are none that need an editor or a setting: `get_diagnostics`, `fetch_document`.
    Raises ValueError for a name that is no tool's.
    """
    chosen = offered(mode) if tools is None else [as_tool(one) for one in tools]
    return [
        {
            "type": "function",
            "function": {
                "name": one.name,
                "description": one.description,
                "parameters": one.schema,
            },
        }
        for one in chosen
    ]


def as_tool(one: str | Tool | Function) -> Tool:
    """Return the tool that a name, a tool or a function stands for.

    Raises ValueError for a name that is no tool's, TypeError as `tool` does.
    """
    if isinstance(one, Tool):
        return one
    if not isinstance(one, str):
        return _made(one, "other", "")
    if one not in TOOLS:
        raise ValueError(f"There is no tool '{one}'; the tools are: {', '.join(sorted(TOOLS))}.")
    return TOOLS[one]


def _made(function: Function, kind: ToolKind, title: str) -> Tool:
    parameters = Parameters.of_function(function, _takes_context(function))
    return Tool(
        name=function.__name__,
        kind=kind,
        description=parameters.description,
        parameters=parameters,
        function=_wrapped(function, _takes_context(function)),
        _title=title or function.__name__,
    )


def _takes_context(function: Function) -> bool:
    first = next(iter(inspect.signature(function).parameters.values()), None)
    return first is not None and first.annotation in (ToolContext, "ToolContext")


def _wrapped(function: Function, takes_context: bool) -> Function:
    @functools.wraps(function)
    async def called(context: ToolContext, **arguments: Any) -> str | ToolResult:
        given = (context,) if takes_context else ()
        try:
            value = await outcome(function, *given, **arguments)
            if isinstance(value, ToolResult):
                return value
            return await asyncio.to_thread(_told, value)  # a generator is gone through
        except Exception as error:  # noqa: BLE001 - the function is the program's: the model is told
            return f"Error: {type(error).__name__}: {error}"

    return called


def _told(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(to_jsonable_python(value), ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)
