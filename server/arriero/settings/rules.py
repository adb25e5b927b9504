"""Rules of permission as a person writes them: `TOOL` or `TOOL(PATTERN)`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Then = Literal["allow", "ask", "deny"]

GROUPS = ("read", "edit", "run")
"""Names that stand for several tools: what reads and searches, what changes files, what runs."""

_RULE = re.compile(r"(?P<tool>[A-Za-z*?][\w*?:.-]*)\s*(?:\((?P<pattern>.*)\))?", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """What becomes of the calls that it is about.

    `tool` is a tool's name (with `*` and `?` as in file names), one of `GROUPS`, or `*`. `pattern`
    is empty for all calls of it; of tools that run something it is words of a command, of others a
    path or an address.
    """

    then: Then
    tool: str
    pattern: str = ""

    def __str__(self) -> str:
        return f"{self.tool}({self.pattern})" if self.pattern else self.tool


def parse_rule(text: str, then: Then) -> Rule:
    """Return the rule that a text is; raises ValueError with what it must be."""
    found = _RULE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'must be rules such as "run_command(git push *)", not "{text}"')
    pattern = (found["pattern"] or "").strip()
    if found["pattern"] is not None and not pattern:
        raise ValueError(f'must say in the brackets what it is about, as "{text}" does not')
    if any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in pattern):
        raise ValueError("must be rules without characters that cannot be seen")
    if pattern.startswith(("!", "#")):
        raise ValueError(f'must say what it is about, not what it is not about, as "{text}" does')
    return Rule(then, found["tool"].lower(), "" if pattern == "*" else pattern)
