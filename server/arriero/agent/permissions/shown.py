r"""Exactly what a call would do, as text: what is shown determines what runs.

Everything that a reader would not see, or would see as something else, is written as `\uXXXX`; a
line that is not the first of a text ends the one before with a sign and is indented, so that no
text can look like another argument, also where a window shows all on one line.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

LINE_END = "↵"
_ESCAPE = re.compile(r"\\(?=u[0-9a-f]{4}|U[0-9a-f]{8})")
# Printable by their category, and yet nothing is to be seen.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_INDENT = "    "


def visible(arguments: Mapping[str, Any]) -> str:
    """Return the arguments of a call, one below the other, nothing left out but what is not given.

    Two calls with different arguments are never shown alike. A text stands behind a colon, any
    other value behind an equals sign, as JSON.
    """
    return "\n".join(
        f"{seen(name)}: {seen(value)}"
        if isinstance(value, str)
        else f"{seen(name)} = {_json(value)}"
        for name, value in arguments.items()
        if value is not None
    )


def seen(text: str) -> str:
    """Return a text with all that is not seen spelled out; different texts stay different."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return "".join(map(_spelled, _ESCAPE.sub("\\\\u005c", text)))


def one_line(text: str) -> str:
    """Return a text as `seen`, on one line."""
    return seen(text).replace(f"{LINE_END}\n{_INDENT}", f"{LINE_END} ")


def _spelled(char: str) -> str:
    if char == "\n":
        return f"{LINE_END}\n{_INDENT}"
    if char.isprintable() and char not in _BLANK and char != LINE_END and not _is_selector(char):
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_selector(char: str) -> bool:
    return unicodedata.category(char) == "Mn" and "VARIATION SELECTOR" in unicodedata.name(char, "")


def _json(value: Any) -> str:
    return seen(json.dumps(value, ensure_ascii=False, default=repr))
