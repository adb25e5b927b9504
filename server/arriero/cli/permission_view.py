"""What `arriero permissions` shows: lines for people, the same as JSON for programs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arriero.agent.permissions import Call, Decision, Permissions
from arriero.agent.permissions.matching import is_about_tool
from arriero.agent.permissions.profiles import PROFILES
from arriero.agent.permissions.remembered import Answered, Remembered
from arriero.agent.permissions.shown import one_line, visible
from arriero.cli.failure import Failure
from arriero.daemon.shadows import NoShadow, Shadows
from arriero.settings.layers import LoadedSettings
from arriero.settings.paths import cache_dir, state_dir
from arriero.settings.permissions import PermissionSettings
from arriero.settings.rules import GROUPS, parse_rule
from arriero.settings.shadow import ShadowSettings
from arriero.shadow.types import ShadowError
from arriero.tools.base import Tool
from arriero.tools.registry import TOOLS, find

_VERDICTS = {"allow": "allowed", "ask": "asked", "deny": "denied"}
_SORTS = {
    "read": "reading and searching",
    "edit": "proposing edits",
    "obeyed": "edits of what other programs obey at once",
    "confined": "commands in a shadow that confines them",
    "known": "commands that only read, where nothing confines",
    "unconfined": "other commands, where nothing confines",
    "fetch": "fetching documents from the web",
    "other": "other tools",
}


@dataclass(frozen=True)
class View:
    """Something to print."""

    lines: tuple[str, ...]
    as_json: dict[str, Any]
    warnings: tuple[str, ...] = ()


def remembered() -> Remembered:
    """Return what was answered on this machine."""
    return Remembered(state_dir() / "permissions.db")


def overview(folder: str, loaded: LoadedSettings, *, everywhere: bool) -> View:
    """Return the profile, the rules, and the answers of a folder or of all."""
    settings = loaded.settings.permissions
    row = PROFILES[settings.profile]
    verdicts = {name: getattr(row, name) for name in _SORTS}
    rules = list(_rules(loaded))
    kept = remembered()
    answers = kept.all() if everywhere else kept.of(folder)
    lines = [f"profile: {settings.profile}  ({loaded.origin('permissions.profile')})"]
    lines += [f"  {_VERDICTS[verdicts[name]]:8} {words}" for name, words in _SORTS.items()]
    if settings.commands != "auto":
        origin = loaded.origin("permissions.commands")
        lines.append(f"permissions.commands: {settings.commands}  ({origin})")
    lines.append("rules:" if rules else "rules: none")
    lines += [f"  {r['then']:6} {one_line(r['rule'])}  ({r['origin']})" for r in rules]
    lines.append("answered for good:" if answers else "answered for good: nothing")
    lines += [f"  {_answer_line(one, everywhere=everywhere)}" for one in answers]
    as_json = {
        "workspace": folder,
        "profile": {
            "name": settings.profile,
            "origin": str(loaded.origin("permissions.profile")),
            "verdicts": verdicts,
        },
        "commands": settings.commands,
        "rules": rules,
        "remembered": [_answer_json(one) for one in answers],
    }
    return View(tuple(lines), as_json, tuple(_unknown_tools(settings)))


async def explain(folder: str, loaded: LoadedSettings, words: Sequence[str]) -> View:
    """Judge a call as a run would, in a new session. Raises Failure."""
    tool, arguments = _read(words)
    confined, boundary = await _boundary(folder, loaded.settings.shadow, tool)
    call = Call(
        tool.name,
        tool.kind,
        arguments,
        tuple(_paths(folder, arguments)),
        (folder,),
        folder,
        confined,
        boundary,
    )
    permissions = Permissions(loaded.settings.permissions, (folder,), remembered())
    decision = permissions.judge(call)
    origin = _origin(loaded, decision)
    lines = [
        f"{_VERDICTS[decision.verdict]}: {decision.because}" + (f"  ({origin})" if origin else "")
    ]
    lines += [f"  {line}" for line in visible(arguments).splitlines()]
    lines += [f"  {line}" for line in _told(call, decision)]
    as_json = {
        "tool": tool.name,
        "arguments": arguments,
        "verdict": decision.verdict,
        "because": decision.because,
        "rule": decision.rule or None,
        "origin": origin or None,
        "boundary": boundary or None,
        "confined": confined if call.runs else None,
        "programs": [list(one.texts) for one in call.line.commands],
        "known": call.known.kind if call.command is not None else None,
        "rememberedAs": list(decision.form),
    }
    return View(tuple(lines), as_json)


def _told(call: Call, decision: Decision) -> Iterator[str]:
    if call.command is not None:
        line = call.line
        read = " then ".join(one_line(" ".join(one.texts)) for one in line.commands)
        yield f"read as: {read}" if not line.problem else f"not read: {line.problem}"
        if call.known.why != line.problem:
            yield f"by its words: {call.known.why}"
    if call.runs:
        yield f"boundary: {call.boundary}"
    if decision.verdict == "ask":
        if not decision.session:
            yield "an answer holds for one call"
        elif not decision.form:
            yield "an answer holds for a session at most"
        else:
            yield f"kept for this workspace: {', '.join(decision.form)}"


def _read(words: Sequence[str]) -> tuple[Tool, dict[str, Any]]:
    tool = find(words[0], tuple(TOOLS.values()))
    if tool is None:
        return TOOLS["run_command"], {"command": " ".join(words)}
    names = tool.parameters.names
    if tool.name == "run_command" and not words[1:2]:
        raise Failure("Say which command line: arriero permissions why 'git push'")
    if tool.name == "run_command":
        return tool, {"command": " ".join(words[1:]).removeprefix("command=")}
    arguments: dict[str, Any] = {}
    for word, position in zip(words[1:], (*names, *[""] * len(words)), strict=False):
        name, equals, value = word.partition("=")
        if equals and name in names:
            arguments[name] = value
        elif position:
            arguments[position] = word
        else:
            raise Failure(f"{tool.name} has {len(names)} arguments: {', '.join(names)}.")
    return tool, arguments


async def _boundary(folder: str, settings: ShadowSettings, tool: Tool) -> tuple[bool, str]:
    if tool.kind != "execute":
        return False, ""
    shadows = Shadows(cache_dir() / "shadows", [str(state_dir()), str(cache_dir())])
    try:
        shadow = await shadows.get("why", (folder,), settings)
    except ShadowError as error:
        return NoShadow.confines, str(error)
    else:
        return shadow.confines, shadow.boundary
    finally:
        await shadows.close()


def _paths(folder: str, arguments: dict[str, Any]) -> Iterator[str]:
    path = arguments.get("path")
    if isinstance(path, str) and "\0" not in path:
        written = os.path.join(folder, os.path.expanduser(path))  # noqa: PTH111, PTH118 - may be odd
        yield os.path.realpath(written)
        yield os.path.normpath(written)


def _rules(loaded: LoadedSettings) -> Iterator[dict[str, str]]:
    settings = loaded.settings.permissions
    for then in ("deny", "ask", "allow"):
        for number, text in enumerate(getattr(settings, then)):
            origin = str(loaded.origin(f"permissions.{then}.{number}"))
            yield {"then": then, "rule": str(parse_rule(text, then)), "origin": origin}


def _origin(loaded: LoadedSettings, decision: Decision) -> str:
    found = (
        r for r in _rules(loaded) if r["rule"] == decision.rule and r["then"] in decision.because
    )
    return next((one["origin"] for one in found), "")


def _unknown_tools(settings: PermissionSettings) -> Iterator[str]:
    for rule in settings.rules:
        known = any(is_about_tool(rule, tool.name, tool.kind) for tool in TOOLS.values())
        if not known and rule.tool not in GROUPS:
            yield (
                f"The rule {rule.then} {rule} is about no tool of Arriero's own; they are "
                f"{', '.join(sorted(TOOLS))}, or {', '.join(GROUPS)} for several."
            )


def _answer_line(one: Answered, *, everywhere: bool) -> str:
    when = time.strftime("%Y-%m-%d", time.localtime(one.at))
    where = f"  in {one.workspace}" if everywhere else ""
    return f"{one.number:3}  {one.rule.then:6} {one_line(str(one.rule))}  ({when}){where}"


def _answer_json(one: Answered) -> dict[str, Any]:
    return {
        "number": one.number,
        "workspace": str(Path(one.workspace)),
        "then": one.rule.then,
        "rule": str(one.rule),
        "at": one.at,
    }
