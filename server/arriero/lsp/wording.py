"""Words cut to the length that a title, a message or a list has room for."""

from __future__ import annotations


def first_line(text: str, limit: int = 60) -> str:
    """Return the first line that says something, at most `limit` characters of it."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return shortened(line, limit)


def shortened(text: str, limit: int) -> str:
    """Return at most `limit` characters, the last of them an ellipsis where more was there."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
