"""Server-sent events as they stand in the stream: https://html.spec.whatwg.org/#server-sent-events."""

from __future__ import annotations

DONE = b"data: [DONE]\n\n"
WAITING = b": waiting\n\n"
"""A comment: clients pass over it, and see that somebody is there."""


def event(name: str | None, data: bytes | str) -> bytes:
    """Return one event; `data` is one line, as JSON without line ends is."""
    line = data.encode() if isinstance(data, str) else data
    head = b"" if name is None else b"event: " + name.encode() + b"\n"
    return head + b"data: " + line + b"\n\n"
