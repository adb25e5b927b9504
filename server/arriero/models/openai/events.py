"""Server-sent events, as bytes arrive. No input or output happens here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from arriero.models.json_values import decoded
from arriero.models.lines import LineCutter

DONE: Final = "[DONE]"
Event = Mapping[str, Any] | Literal["[DONE]"]

_LONGEST = 64 * 1024 * 1024
_SHOWN = 200


class NotAnEvent(ValueError):
    """What came is none of the protocol's events."""


class EventDecoder:
    """Turns bytes into events; the result does not depend on how the bytes are cut.

    An event is a JSON object or `DONE`. Fields other than data and error are passed over: some
    servers name the events, some send comments while a prompt is read. What is no JSON raises
    ValueError.
    """

    def __init__(self) -> None:
        self._cutter = LineCutter()
        self._data: list[str] = []
        self._size = 0

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield the events that a piece completes."""
        # Only at line feeds: a carriage return before one is stripped with the other blanks.
        lines = self._cutter.feed(piece)
        self._size += len(piece)
        if self._size > _LONGEST:
            raise NotAnEvent("an event without an end")
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:].decode("utf-8", "replace").strip())
            elif line or len(self._data) != 1:
                yield from self._line(line)
            else:  # nearly every event is one line and the blank one after it
                (text,), self._data, self._size = self._data, [], self._cutter.size
                yield _parsed(text)

    def end(self) -> Iterator[Event]:
        """Yield the last event where the blank line after it is missing."""
        yield from self._line(self._cutter.end())
        yield from self._flush()

    def _line(self, line: bytes) -> Iterator[Event]:
        text = line.decode("utf-8", "replace")
        if not text.strip():
            yield from self._flush()
            return
        field, _, value = text.partition(":")
        # "error:" is how older servers of llama.cpp tell of a failure in the middle.
        if field in {"data", "error"}:
            self._data.append(value.strip())

    def _flush(self) -> Iterator[Event]:
        data, self._data, self._size = self._data, [], self._cutter.size
        if not data:
            return
        try:
            event = _parsed("\n".join(data))
        except ValueError:
            if len(data) == 1:
                raise
            # Several events without the blank lines between them.
            yield from map(_parsed, data)
        else:
            yield event


def _parsed(text: str) -> Event:
    if text == DONE:
        return DONE
    value = decoded(text)
    if not isinstance(value, dict):
        raise NotAnEvent(f"not an object: {text[:_SHOWN]}")
    # The bare object of an "error:" field.
    return {"error": value} if "message" in value and "choices" not in value else value
