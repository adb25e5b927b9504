"""A conversation as a value."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from arriero.sessions.events import StopReason


class UnknownSession(Exception):
    """No session has this id."""


class NoSuchRun(UnknownSession):
    """A session has no run of this id."""


@dataclass(frozen=True)
class RunSummary:
    """One run of a session; `stop_reason` is None while it goes on."""

    run_id: str
    label: str
    stop_reason: StopReason | None
    started_at: float


@dataclass(frozen=True)
class Session:
    """One conversation in one workspace. Times are Unix seconds."""

    session_id: str
    folders: tuple[str, ...]
    title: str
    mode: str
    model: str | None
    provider: str | None
    created_at: float
    updated_at: float
    runs: tuple[RunSummary, ...] = ()


def new_id(prefix: str) -> str:
    """Return a new id such as `run_3f9c…`, unique for all time."""
    return f"{prefix}_{uuid.uuid4().hex[:20]}"


def earlier(session: Session, before: str | None) -> Sequence[RunSummary]:
    """Return the runs that began before one of them (None: all); raises NoSuchRun."""
    if before is None:
        return session.runs
    for at, run in enumerate(session.runs):
        if run.run_id == before:
            return session.runs[:at]
    raise NoSuchRun(f"This session has no run '{before}': ask for the session, which lists them.")
