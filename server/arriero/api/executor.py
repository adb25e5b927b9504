"""`ToolExecutor`: our tools for a loop of the program's own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from arriero.api.closing import Closing
from arriero.api.own_tools import as_tool, get_tools_array
from arriero.api.permission import Permission
from arriero.api.workspace import Workspace
from arriero.headless.toolbox import ApplyEdits, ToolOutcome
from arriero.tools.base import Tool
from arriero.tools.registry import TOOLS


class ToolExecutor(Closing):
    """Executes tool calls in a folder, without a model.

    Edits are written to the files, each with a checkpoint that `undo` takes back, or, with
    `apply="never"`, kept as proposals. Commands run in the shadow, and only with `allow_commands`.
    `tools` are names of ours, functions and `@tool`s; None: all of ours.
    """

    def __init__(
        self,
        working_directory: str | os.PathLike[str] = os.curdir,
        *,
        allow_commands: bool = False,
        tools: Iterable[str | Tool | Callable[..., Any]] | None = None,
        apply: ApplyEdits = "auto",
        settings: Mapping[str, Any] | None = None,
        permission: Permission | None = None,
        state: str | os.PathLike[str] | None = None,
    ) -> None:
        chosen = [as_tool(one) for one in (TOOLS if tools is None else tools)]
        # A model is not needed: none is loaded ahead.
        given = {**(settings or {}), "window.preload": False}
        self.workspace = Workspace(
            working_directory, settings=given, permission=permission, state=state
        )
        self._box = self.workspace.toolbox(
            mode="agent" if allow_commands else "edit",
            names=[tool.name for tool in chosen if TOOLS.get(tool.name) is tool],
            own=[tool for tool in chosen if TOOLS.get(tool.name) is not tool],
            apply=apply,
        )

    def close(self) -> None:
        """End; a command that still runs is ended too."""
        self.workspace.close()

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools in the form of OpenAI's and Ollama's `tools`."""
        return get_tools_array(self._box.tools)

    def execute(self, name: str, arguments: Mapping[str, Any] | str | None = None) -> str:
        """Execute a call and return its result as a model is given it; see `call`."""
        return self.call(name, arguments).text

    async def aexecute(self, name: str, arguments: Mapping[str, Any] | str | None = None) -> str:
        """As `execute`."""
        return (await self.acall(name, arguments)).text

    def call(self, name: str, arguments: Mapping[str, Any] | str | None = None) -> ToolOutcome:
        """Execute a call; one that fails has a text that begins with `Error:`, nothing is raised.

        `arguments` may be JSON, as models write it.
        """
        return self.workspace.engine.call(self._box.call(name, _read(arguments)))

    async def acall(
        self, name: str, arguments: Mapping[str, Any] | str | None = None
    ) -> ToolOutcome:
        """As `call`."""
        return await self.workspace.engine.acall(self._box.call(name, _read(arguments)))

    def undo(self, outcome: ToolOutcome) -> bool:
        """Take back what a call edited; tell whether all of it was."""
        if not outcome.run_id:
            return False
        undone = self.workspace.undo(outcome.run_id)
        return undone.applied and not undone.kept


def _read(arguments: object) -> Mapping[str, Any]:
    if arguments is None:
        return {}
    if isinstance(arguments, Mapping):
        return arguments
    if not isinstance(arguments, str):
        return {"arguments": arguments}
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        return {"arguments": arguments}  # the tool's own complaint says what is wrong with it
    return value if isinstance(value, dict) else {"arguments": arguments}
