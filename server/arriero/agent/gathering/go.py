"""What go.mod and go.work tell; pure."""

from __future__ import annotations

import re

from arriero.agent.gathering.facts import Facts

MARKS = frozenset({"go.mod"})

_TOOLS = {"gin-gonic/gin": "gin", "labstack/echo": "echo", "spf13/cobra": "cobra",
          "gofiber/fiber": "fiber", "stretchr/testify": "testify", "grpc/grpc-go": "grpc",
          "google.golang.org/grpc": "grpc"}  # fmt: skip
_FOLDER = re.compile(
    r"^[ \t]*(?:use[ \t]+)?(\.(?:/[A-Za-z][\w.-]{0,30}){1,3})/?[ \t\r]*(?:$|//)", re.MULTILINE
)
_MOST_FOLDERS = 4


def go_module(text: str, _: frozenset[str]) -> Facts:
    """Read go.mod."""
    return _facts("./...", tuple(name for path, name in _TOOLS.items() if path in text))


def go_workspace(text: str, marks: frozenset[str]) -> Facts:
    """Read go.work; from its folder, `./...` is only what a module there has."""
    folders = _FOLDER.findall(text)
    if "go.mod" in marks or not 0 < len(folders) <= _MOST_FOLDERS:
        return Facts(("Go",))  # some of the modules would be taken for all
    return _facts(" ".join(f"{folder}/..." for folder in folders))


def _facts(where: str, tools: tuple[str, ...] = ()) -> Facts:
    commands = ((f"go {verb} {where}",) for verb in ("test", "vet", "build"))
    return Facts(("Go",), tools, *commands)
