"""Errors of OpenAI-compatible servers in all the shapes in use, as one. No input or output."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arriero.models.json_values import decoded

_SHOWN = 300
LOOKED_AT = 4_000
"""Characters of what a server says that tell what it means."""

# Tokens of the prompt and of the window, in either order.
_COUNTS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"request \((?P<prompt>\d+) tokens\).*context size \((?P<window>\d+)",
        r"context length is (?P<window>\d+).*\((?P<prompt>\d+) in the messages",
        r"context length is (?P<window>\d+).*request has (?P<prompt>\d+) input",
        r"passed (?P<prompt>\d+) input.*context length is only (?P<window>\d+)",
        r"prompt \(length (?P<prompt>\d+)\).*model length of (?P<window>\d+)",
        r"keep the first (?P<prompt>\d+) tokens.*context length of only (?P<window>\d+)",
        r"n_keep: (?P<prompt>\d+)\s*>=\s*n_ctx: (?P<window>\d+)",
        r"n_keep \((?P<prompt>\d+)\) >= n_ctx \((?P<window>\d+)",
        r"prompt length (?P<prompt>\d+) exceeds the max_model_len (?P<window>\d+)",
        r"context length is (?P<window>\d+).*(requested|resulted in) (?P<prompt>\d+) tokens",
        # LM Studio's window was filled by the answer.
        r"(?P<prompt>)reached context length of (?P<window>\d+)",
    )
)


@dataclass(frozen=True)
class Said:
    """The text of an error, its type and its code in words.

    `code` is 0 where it is no number. `prompt` and `window` are tokens, 0 where not told.
    """

    text: str
    kind: str = ""
    code: int = 0
    prompt: int = 0
    window: int = 0


def read(body: str) -> Said:
    """Read an error in any of the shapes in use, or as plain text."""
    try:
        value = decoded(body)
    except ValueError:
        return Said(brief(body))
    error: Any = value
    if isinstance(value, Mapping):
        error = next((value[key] for key in ("error", "detail") if value.get(key)), value)
    if not isinstance(error, Mapping):
        return _counted(error if isinstance(error, str) else json.dumps(error))
    message = error.get("message")
    text = message if isinstance(message, str) else json.dumps(error)
    kinds = [one for one in (error.get("type"), error.get("code")) if isinstance(one, str)]
    told = _counted(text)
    return Said(
        text,
        " ".join(kinds),
        _number(error.get("code")),
        _number(error.get("n_prompt_tokens")) or told.prompt,
        _number(error.get("n_ctx")) or told.window,
    )


def brief(text: str) -> str:
    """Return one line that is fit for a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _counted(text: str) -> Said:
    for pattern in _COUNTS:
        if found := pattern.search(text, 0, LOOKED_AT):
            return Said(text, prompt=int(found["prompt"] or 0), window=int(found["window"]))
    return Said(text)


def _number(value: object) -> int:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else 0
