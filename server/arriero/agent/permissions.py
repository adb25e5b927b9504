"""Whether a tool call may run: allowed, asked, or denied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from arriero.settings.model import PermissionSettings
from arriero.shadow.types import Shadow
from arriero.tools.base import Tool

Verdict = Literal["allow", "ask", "deny"]

DENIED = (
    "Error: the user's settings do not allow commands (permissions.commands: deny). "
    "Go on without running anything."
)
REFUSED = "Error: the user refused this call. Go on without it, or explain why it is needed."


@dataclass
class Permissions:
    """The decisions of one session. What the user allowed "always" lives as long as the session.

    Reading and editing need no question: edits only reach a proposal. Commands need one unless the
    operating system confines them.
    """

    settings: PermissionSettings
    always: set[str] = field(default_factory=set)

    def judge(self, tool: Tool, shadow: Shadow) -> Verdict:
        """Return the verdict on a call of `tool` whose commands would run in `shadow`."""
        if tool.kind != "execute":
            return "allow"
        setting = self.settings.commands
        if setting == "deny":
            return "deny"
        if setting == "allow" or tool.name in self.always:
            return "allow"
        if setting == "auto" and shadow.confines:
            return "allow"
        return "ask"

    def allow_always(self, tool: Tool) -> None:
        """Remember that the user does not want to be asked again in this session."""
        self.always.add(tool.name)


def visible(arguments: Mapping[str, Any]) -> str:
    """Return exactly what a call would do, with control and bidirectional characters shown."""
    lines = []
    for name, value in arguments.items():
        text = "".join(
            char if char == "\n" or char.isprintable() else f"\\u{ord(char):04x}"
            for char in str(value)
        )
        lines.append(f"{name}: {text}")
    return "\n".join(lines)
