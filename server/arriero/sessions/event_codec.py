"""Events as they are stored: `encode` and `decode` are inverses.

`decode` of a kind that this version does not know answers `Unknown` instead of failing, so that a
newer session can still be read.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from arriero.sessions.events import (
    Applied,
    Compacted,
    EventBody,
    FileDiff,
    Given,
    Location,
    Notice,
    Nudged,
    PermissionAnswered,
    PermissionAsked,
    PermissionDecided,
    ProposalChanged,
    Rejected,
    RunEnded,
    RunStarted,
    StepEnded,
    StepRetried,
    Text,
    Thought,
    ToolEnded,
    ToolStarted,
    Undone,
    Unknown,
)

_KINDS: dict[str, type[EventBody]] = {
    cls.kind: cls
    for cls in (
        RunStarted, Text, Thought, ToolStarted, ToolEnded, StepEnded, StepRetried, Nudged,
        Compacted, PermissionDecided, PermissionAsked, PermissionAnswered, Notice, ProposalChanged,
        Applied, Rejected, Undone, RunEnded,
    )
}  # fmt: skip


def encode(body: EventBody) -> dict[str, Any]:
    """Return the fields of an event as JSON-able values, without its kind."""
    if isinstance(body, Unknown):
        return body.data
    # As `asdict`, which would copy all that is in it; what is stored and shown changes no more.
    values = {f.name: getattr(body, f.name) for f in fields(body)}
    for name in ("locations", "diffs", "given"):
        if name in values:
            values[name] = tuple(asdict(item) for item in values[name])
    return values


def decode(kind: str, data: dict[str, Any]) -> EventBody:
    """Return the event that `encode` made `data` from; fields that are not known are dropped."""
    cls = _KINDS.get(kind)
    if cls is None:
        return Unknown(kind, data)
    known = {f.name for f in fields(cls)}
    values = {name: _value(name, value) for name, value in data.items() if name in known}
    return cls(**values)


def _value(name: str, value: Any) -> Any:
    if name == "locations":
        return tuple(Location(**item) for item in value)
    if name == "diffs":
        return tuple(FileDiff(**item) for item in value)
    if name == "given":
        return tuple(Given(**item) for item in value)
    return tuple(value) if isinstance(value, list) else value
