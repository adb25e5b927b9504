"""Where in an answer something else than text may begin: one pattern over all forms.

It only saves time: it finds every place where a form may begin, and few others. At the end of what
has arrived it also finds what may become such a place.
"""

from __future__ import annotations

import re

from arriero.agent.toolcalls import harmony, react
from arriero.agent.toolcalls.shapes import FIRST_KEYS
from arriero.agent.toolcalls.tags import OPENERS
from arriero.agent.toolcalls.xml_forms import FUNCTION, INVOKE

THOUGHTS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<|START_THINKING|>": "<|END_THINKING|>",
}
TAGS = (
    *OPENERS, *FUNCTION, *INVOKE, *THOUGHTS, *harmony.OPENERS, *harmony.ENDS, react.OPENER,
)  # fmt: skip

_ENOUGH = 5  # characters of a tag that tell it from text


def _starts(word: str) -> str:
    """Return a pattern for `word`, or for any beginning of it at the end."""
    pattern = re.escape(word[-1])
    for letter in reversed(word[:-1]):
        pattern = rf"{re.escape(letter)}(?:\Z|{pattern})"
    return pattern


def _tags(first: str) -> str:
    heads = sorted({tag[1:_ENOUGH] for tag in TAGS if tag[0] == first})
    return f"{re.escape(first)}(?=\\Z|" + "|".join(map(_starts, heads)) + ")"


_KEYS = "|".join(sorted(FIRST_KEYS))
# Every branch begins with one plain character: only then does `re` skip text fast.
TRIGGER = re.compile(
    "|".join(
        (
            "`",
            "◁",
            "~(?=~|\\Z)",
            _tags("<"),
            _tags("["),
            rf"\{{(?=\s{{0,8}}(?:\Z|[\"']?(?:{_KEYS}|\w{{0,18}}\Z)))",
            r"\[(?=\s{0,8}(?:\Z|\{|[A-Za-z_][\w.]{0,40}(?:\(|\Z)))",
            _starts("functools["),
            _starts(react.OPENER),
        )
    )
)
