"""Asking a model that cannot fill in the middle, in words, and reading what it answers."""

from __future__ import annotations

import re

from arriero.agent.completion.spot import Spot
from arriero.agent.completion.window import Around
from arriero.agent.content import neutral
from arriero.models.types import Message

CURSOR = "<|cursor|>"
_SYSTEM = (
    "You complete code at the cursor, marked {cursor}. Answer with the code that belongs at the "
    "cursor and nothing else: no explanation, no code fence, nothing that stands before or after "
    "the cursor already. {extent} If nothing belongs there, answer with nothing."
)
_EXTENT = {
    False: "Only complete the cursor's line.",
    True: "Complete the block that is open at the cursor, at most {lines} lines.",
}
_THOUGHTS = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_FENCED = re.compile(r"```[^\n`]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_LEAST_REPEATED = 2


def messages(near: Around, spot: Spot, *, several: bool, max_lines: int) -> list[Message]:
    """Return what a chat model is asked."""
    extent = _EXTENT[several].format(lines=max_lines)
    system = _SYSTEM.format(cursor=CURSOR, extent=extent)
    told = f"{spot.language} code" if spot.language else "text"
    before, after = neutral(near.before), neutral(near.after)
    user = f"The {told}:\n```\n{before}{CURSOR}{after}\n```"
    return [Message("system", system), Message("user", user)]


def code_of(answer: str, spot: Spot) -> str:
    """Return the code of an answer: without thoughts, fence, and what stands before the cursor."""
    text = _THOUGHTS.sub("", answer)
    fenced = _FENCED.search(text)
    if fenced is not None:
        text = fenced[1]
    text = text.replace(CURSOR, "")
    begun = spot.head.strip()
    if not begun:
        return text.strip("\n") if fenced is not None else text.lstrip("\n")
    if len(begun) >= _LEAST_REPEATED and text.lstrip().startswith(begun):
        return text.lstrip()[len(begun) :]
    return text
