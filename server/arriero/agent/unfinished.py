"""Telling that an answer only announces what it should have done: a habit of small models."""

from __future__ import annotations

import re

NUDGE = (
    "You ended your turn without calling a tool. If something is left to do, call the tool for it "
    "now. If nothing is, say in a sentence or two what was done."
)

_LONGEST = 2000  # characters; a long answer is a report, not an announcement
_SENTENCES = re.compile(r"(?<=[.!?:])\s+|\n+")
_INTENTION = re.compile(
    r"\b(I.?ll|I (will|am going to|shall|need to|should|can now)|I.m going to|let.?s"
    r"|let me(?! know))\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"\b(let me know|happy to|glad to|be here|if you|feel free|would you)\b", re.IGNORECASE
)


def announces(text: str) -> bool:
    """Tell whether an answer ends with something that the model is about to do.

    A guess that costs one more answer when it is wrong: questions, offers and reports are none.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return False
    last = [one for one in _SENTENCES.split(text) if one.strip()][-1].strip()
    if last.endswith("?") or _COURTESY.search(last):
        return False
    return last.endswith((":", "…", "...")) or _INTENTION.search(last) is not None
