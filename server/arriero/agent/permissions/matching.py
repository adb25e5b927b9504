"""Whether a rule is about a call."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping

from arriero.agent.permissions.call import Call
from arriero.agent.permissions.commands import covered, touches
from arriero.agent.permissions.hints import hint
from arriero.agent.permissions.paths import Place
from arriero.sessions.events import ToolKind
from arriero.settings.rules import Rule

_GROUP: Mapping[ToolKind, str] = {
    "read": "read",
    "search": "read",
    "edit": "edit",
    "delete": "edit",
    "move": "edit",
    "execute": "run",
}
_READING = ("read", "read_file")
_OF_FILES = ("*", *_READING, "edit", "edit_file", "write_file", "delete_file", "rename_file")


def narrows(rule: Rule, call: Call, place: Place) -> bool:
    """Whether a rule that asks or denies is about a call; in doubt it is.

    What is said of reading a file holds for every tool that shows of it, also in what it answers
    to an edit.
    """
    if call.runs and rule.pattern and rule.tool in _OF_FILES:
        # The shell line may name files that are meant; what it does with them is not known.
        return any(place.meant(rule.pattern, path) for path in call.files_in_line)
    reading = rule.tool in _READING and rule.pattern and call.kind in _GROUP
    if not reading and not _names(rule, call):
        return False
    if not rule.pattern:
        return True
    if call.command is not None:
        return touches(rule.pattern, call.line)
    if call.paths:
        return any(place.meant(rule.pattern, path) for path in call.paths)
    return any(fnmatch.fnmatch(text, rule.pattern) for text in call.texts)


def may_be_about(rule: Rule, call: Call) -> str:
    """Return why a rule might be about a shell line, as far as can be told; empty if it is not."""
    if call.command is None or not rule.pattern:
        return ""
    if call.line.problem:
        return call.line.problem if _names(rule, call) or rule.tool in _OF_FILES else ""
    if rule.tool in _OF_FILES or not _names(rule, call):
        return ""
    return hint(rule.pattern, call.line, call.is_harmless)


def allowing(rules: Iterable[Rule], call: Call, place: Place) -> tuple[Rule, ...]:
    """Return the rules that together cover all of a call; none if something is left."""
    about = [rule for rule in rules if _names(rule, call)]
    for rule in about:
        if not rule.pattern:
            return (rule,)
    words = [rule for rule in about if rule.pattern and rule.tool not in _OF_FILES]
    if call.runs:
        if call.command is None:
            return ()
        used = covered([rule.pattern for rule in words], call.line)
        return tuple(rule for rule in words if rule.pattern in used)
    if call.paths:
        found = [[r for r in about if place.allowed(r.pattern, path)] for path in call.paths]
        return tuple({r: None for some in found for r in some}) if all(found) else ()
    if len(call.texts) == 1:
        text = call.texts[0]
        return tuple(rule for rule in about if fnmatch.fnmatchcase(text, rule.pattern))
    return ()


def is_about_tool(rule: Rule, name: str, kind: ToolKind) -> bool:
    """Whether a rule is about any call of a tool."""
    return rule.tool == _GROUP.get(kind) or fnmatch.fnmatchcase(name.lower(), rule.tool)


def _names(rule: Rule, call: Call) -> bool:
    return is_about_tool(rule, call.tool, call.kind)
