"""What holds where no rule does: one row for each profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from arriero.sessions.events import ToolKind
from arriero.settings.permissions import CommandPermission, Profile

Verdict = Literal["allow", "ask", "deny"]
_NARROWEST: tuple[Verdict, ...] = ("deny", "ask", "allow")


@dataclass(frozen=True)
class Row:
    """The verdict of a profile on each sort of call.

    `obeyed`: an edit of a file that other programs do as it says, by themselves. `confined`: what
    runs where the operating system confines it; elsewhere `known` runs programs that only read
    files of the workspace, and `unconfined` is all else.
    """

    read: Verdict
    edit: Verdict
    obeyed: Verdict
    confined: Verdict
    known: Verdict
    unconfined: Verdict
    fetch: Verdict
    other: Verdict


PROFILES: Mapping[Profile, Row] = {
    "locked": Row("ask", "ask", "ask", "ask", "ask", "ask", "ask", "ask"),
    "read-only": Row("allow", "deny", "deny", "deny", "deny", "deny", "ask", "ask"),
    "review": Row("allow", "allow", "ask", "allow", "allow", "ask", "ask", "allow"),
    "trusted": Row("allow", "allow", "allow", "allow", "allow", "allow", "allow", "allow"),
}
_COLUMNS: Mapping[ToolKind, str] = {
    "read": "read",
    "search": "read",
    "think": "read",
    "edit": "edit",
    "delete": "edit",
    "move": "edit",
    "fetch": "fetch",
    "other": "other",
}


def of_tool(profile: Profile, kind: ToolKind, *, obeyed: bool = False) -> Verdict:
    """Return the verdict on a call that runs nothing; `obeyed`: it is about such a file."""
    column = _COLUMNS[kind]
    verdict: Verdict = getattr(
        PROFILES[profile], "obeyed" if obeyed and column == "edit" else column
    )
    return verdict


def of_command(
    profile: Profile, commands: CommandPermission, *, confined: bool, known: bool
) -> Verdict:
    """Return the verdict on something that runs; `commands` is the setting of that name."""
    row = PROFILES[profile]
    verdict = row.confined if confined else row.known if known else row.unconfined
    if commands == "deny":
        return "deny"
    if commands == "ask":
        return narrower(verdict, "ask")
    if commands == "allow" and profile in ("review", "trusted"):
        return "allow"
    return verdict


def narrower(one: Verdict, other: Verdict) -> Verdict:
    """Return the verdict that lets less through."""
    return min(one, other, key=_NARROWEST.index)
