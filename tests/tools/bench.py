"""What the tests of the file tools share: a small workspace, and calls as the loop makes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arriero.shadow.types import Command, CommandResult, ShadowKind
from arriero.tools.base import Tool, ToolContext, ToolError, ToolResult
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.view import WorkspaceView
from workspace.user import User

NUMBERS = "".join(f"line {n}\n" for n in range(1, 31))


class NoShadow:
    """Nothing runs in these tests."""

    kind: ShadowKind = "none"
    confines = False
    boundary = "none"

    async def run(self, command: Command) -> CommandResult:
        raise NotImplementedError

    async def close(self) -> None:
        return None


class Bench:
    """Calls tools as the loop does: arguments as a model sends them, errors as text."""

    def __init__(self, user: User, *more: User) -> None:
        self.user = user
        roots = [str(each.root) for each in (user, *more)]
        self.view = WorkspaceView(roots, user)
        self.context = ToolContext(self.view, NoShadow(), cwd=str(user.root))

    def call(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolResult:
        values = tool.parameters.read(json.dumps(arguments))
        result = tool.function(self.context, **values)
        assert isinstance(result, ToolResult)
        return result

    def text(self, tool: Tool, **arguments: Any) -> str:
        try:
            return self.call(tool, arguments).text
        except (ToolError, WorkspaceError) as error:
            return f"Error: {error}"


def make_bench(tmp_path: Path) -> Bench:
    user = User(tmp_path)
    user.save("src/main.py", "def main():\n    print('hello')\n")
    user.save("README.md", "# Sample\n")
    user.save("numbers.txt", NUMBERS)
    user.save("empty.txt", "")
    user.save(".gitignore", "*.log\n")
    user.save("debug.log", "hello\n")
    return Bench(user)
