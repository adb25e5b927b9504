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
# A body in one line: what is last in it has to end.
_KOTLIN_BODY = re.compile(r"\b(?:class|interface|object)\b[^\n{]{0,200}\{[^\n]{1,300}\}")
_KOTLIN_END = re.compile(r"(?<=[^\s;{])[ \t](?=[ \t]{0,8}\})")
# What a template puts in: a line of its own, with or without a comment, or a part of one.
_TEMPLATE_LINE = re.compile(r"^[ \t]*\{\{[^\n]*\}\}[ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{(?:[^{}\n]|\}(?!\})|\{(?!\{))*\}\}")
_TEMPLATE_LINES = re.compile(r"\{\{-?[ \t]*/\*(?:[^*{]|\*(?!/)|\{(?!\{))*\*/[ \t]*-?\}\}")
_NO_END = re.compile(r"[^\n]")


def respelled(text: str, language: str) -> str:
    """Return what is to be parsed for a text."""
    if language == "cpp":
        return _CPP_MACRO.sub(lambda found: found[1] + " " * len(found[2]), text)
    if language == "kotlin":
        text = _KOTLIN_GUARD.sub(_as_condition, text)
        return _KOTLIN_CONTEXT.sub(_blank, text)
    return text


def respelled_if_broken(text: str, language: str) -> str:
    """Return what is to be parsed for a text if that does not parse as it is.

    Each character in UTF-8 that stays is where it was.
    """
    if language == "kotlin":
        return _KOTLIN_BODY.sub(lambda found: _KOTLIN_END.sub(";", found[0]), text)
    if language != "yaml" or "{{" not in text:
        return text
    text = _TEMPLATE_LINES.sub(_blank_bytes, text)
    text = _TEMPLATE_LINE.sub(_blank_bytes, text)
    return _TEMPLATE.sub(lambda found: "x" * _bytes(found[0]), text)


def _blank_bytes(found: re.Match[str]) -> str:
    return "\n".join([" " * _bytes(line) for line in found[0].split("\n")])


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _blank(found: re.Match[str]) -> str:
    return _NO_END.sub(" ", found[0])


def _as_condition(found: re.Match[str]) -> str:
    """Return a condition more, or one instead of `else`."""
    indentation, first = found.groups()
    return f"{indentation}{first}, " if first else indentation + " " * len("else if")
