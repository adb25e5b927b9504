"""What grammars do not know, spelled so that they do: else all that is around it is lost.

Each character that stays is where it was. What the expressions repeat is bounded, so that no text
takes long.
"""

from __future__ import annotations

import re

# A macro for what is exported, between `class` and the name.
_CPP_MACRO = re.compile(
    r"\b((?:class|struct|union)[ \t]{1,8})([A-Z][A-Z0-9_]{1,60})"
    r"(?=[ \t]{1,8}\w{1,200}\s{0,8}(?:final\s{0,8})?(?:\{|:(?!:)))"
)
# In a branch of `when`: `is Int if it > 1 ->`, `else if it > 1 ->`.
_KOTLIN_GUARD = re.compile(
    r"^([ \t]{0,80})(?:(?!(?:else|return|throw)\b)([\w!][\w.<>*?, \t]{0,200}?[ \t])if|else if)\b"
    r"(?=[^\n{}]{1,200}?->)",
    re.MULTILINE,
)
_KOTLIN_CONTEXT = re.compile(
    r"^[ \t]{0,80}context\([\w\s.,:<>*?]{1,300}\)(?=\s{1,80}(?:\w{1,20}[ \t]{1,8}){0,4}?"
    r"(?:fun|val|var|class|interface|object)\b)",
    re.MULTILINE,
)
_NO_END = re.compile(r"[^\n]")


def respelled(text: str, language: str) -> str:
    """Return what is to be parsed for a text."""
    if language == "cpp":
        return _CPP_MACRO.sub(lambda found: found[1] + " " * len(found[2]), text)
    if language == "kotlin":
        text = _KOTLIN_GUARD.sub(_as_condition, text)
        return _KOTLIN_CONTEXT.sub(lambda found: _NO_END.sub(" ", found[0]), text)
    return text


def _as_condition(found: re.Match[str]) -> str:
    """Return a condition more, or one instead of `else`."""
    indentation, first = found.groups()
    return f"{indentation}{first}, " if first else indentation + " " * len("else if")
