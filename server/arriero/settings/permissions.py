"""What a run may do without a question: a profile, and rules beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from arriero.settings.rules import Rule, Then, parse_rule
from arriero.settings.section import Section

CommandPermission = Literal["auto", "ask", "allow", "deny"]
Profile = Literal["locked", "read-only", "review", "trusted"]

# Marks lists to which each layer adds, where the others replace what was below.
_ADDED: JsonDict = {"added": True}


def _rules(then: Then) -> AfterValidator:
    def check(value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            parse_rule(text, then)
        return value

    return AfterValidator(check)


class PermissionSettings(Section):
    """What a run may do without a question. [Permissions](permissions.md) says more."""

    profile: Profile = Field(
        default="review",
        description="What holds where no rule does: `read-only` changes and runs nothing, `review` "
        "proposes edits and asks for commands that nothing confines, `trusted` asks for nothing, "
        "`locked` asks for everything.",
    )
    commands: CommandPermission = Field(
        default="auto",
        description="Commands of the model: `auto` leaves them to the profile, which in `review` "
        "runs them when the shadow confines them and asks otherwise; `deny` holds whatever else "
        "is allowed.",
    )
    allow: Annotated[tuple[str, ...], _rules("allow")] = Field(
        default=(),
        json_schema_extra=_ADDED,
        description="Rules for calls that need no question, such as `run_command(npm test)`. The "
        "rules of all layers hold together.",
    )
    ask: Annotated[tuple[str, ...], _rules("ask")] = Field(
        default=(),
        json_schema_extra=_ADDED,
        description="Rules for calls that are asked about each time, such as "
        "`edit(migrations/**)`; they win over `allow`.",
    )
    deny: Annotated[tuple[str, ...], _rules("deny")] = Field(
        default=(),
        json_schema_extra=_ADDED,
        description="Rules for calls that are refused, such as `run_command(git push)` or "
        "`read(secrets/**)`; they win over everything. Files that may not be read are not listed "
        "and not searched either.",
    )

    @property
    def rules(self) -> Iterator[Rule]:
        """All rules, those that win first."""
        for then in ("deny", "ask", "allow"):
            texts: tuple[str, ...] = getattr(self, then)
            yield from (parse_rule(text, then) for text in texts)

    @property
    def unchanged(self) -> tuple[str, ...]:
        """Patterns of files that a command may not change: they must be proposed as edits."""
        edit = ("*", "edit", "edit_file", "write_file")
        rules = [r for r in self.rules if r.then != "allow" and r.tool in edit]
        if self.profile == "read-only" or any(not rule.pattern for rule in rules):
            return ("*",)
        return _of_workspace(rules)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Patterns, as in an ignore file of the workspace, of files that may not be read."""
        read = ("*", "read", "read_file")
        return _of_workspace(r for r in self.rules if r.then == "deny" and r.tool in read)


def _of_workspace(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Return the rules' patterns as an ignore file has them; not those for other places."""
    patterns = (rule.pattern for rule in rules)
    inside = (one for one in patterns if one and not one.startswith(("/", "~")))
    return tuple(one[1:] if one.startswith("./") else one for one in inside)
