"""Telling that an answer ends a turn which the model meant to go on with: a habit of small models.

It announces what it should do, or prints a call of a tool that does not exist. What is told the
model then costs one more answer where the guess is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection

NUDGE = (
    "You ended your turn without calling a tool. If something is left to do, call the tool for it "
    "now. If nothing is, say in a sentence or two what was done."
)
_UNKNOWN = "There is no tool '{name}' here. The tools are: {tools}. Call one of them, or answer."

_LOOKED_AT = 20_000  # characters, for a printed call
_LONGEST = 2000  # characters; a long answer is a report, not an announcement
_SENTENCES = re.compile(r"(?<=[.!?:])\s+|\n+")
_INTENTION = re.compile(
    r"\b(I.?ll|I (will|am going to|shall|need to|should|can now)|I.m going to|let.?s"
    r"|let me(?! know)|next,? I|now,? I)\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"\b(let me know|happy to|glad to|be here|if you|feel free|would you)\b", re.IGNORECASE
)
# The marks that stand before a call, and its name in JSON or in a tag's attribute.
_CALL = re.compile(
    r"(?:<tool_call>|<\|tool_call\|?>|\[TOOL_CALLS\]|<\|python_tag\|>|functools)\s*(?:\[\s*)?"
    r'\{[^{}]{0,200}?"(?:name|tool|function)"\s*:\s*"(?P<json>[\w.-]{1,64})"'
    r"|<function=(?P<tag>[\w.-]{1,64})>"
    r'|<invoke name="(?P<invoke>[\w.-]{1,64})">'
    r'|\A\s*(?:```(?:json)?\s*)?\{\s*"(?:name|tool)"\s*:\s*"(?P<bare>[\w.-]{1,64})"\s*,\s*'
    r'"(?:arguments|parameters)"\s*:'
)


def what_to_say(text: str, tools: Collection[str]) -> str:
    """Return the message that has the model go on after this answer; "" if it seems to be done.

    Questions, offers and reports end a turn. `tools` are those that it was offered.
    """
    found = _CALL.search(text, 0, _LOOKED_AT)
    if found is not None:
        name = next(name for name in found.groups() if name)
        if name not in tools:
            return _UNKNOWN.format(name=name, tools=", ".join(sorted(tools)))
    return NUDGE if _announces(text) else ""


def _announces(text: str) -> bool:
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return False
    last = [one for one in _SENTENCES.split(text) if one.strip()][-1].strip()
    if last.endswith("?") or _COURTESY.search(last):
        return False
    return last.endswith((":", "…", "...")) or _INTENTION.search(last) is not None
