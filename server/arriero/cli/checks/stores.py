"""What is kept on disk: conversations, records of edits, the audit trail."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from arriero.cli.checks.finding import Finding
from arriero.sessions.mending import is_newer, is_sound, set_aside
from arriero.settings.paths import state_dir
from arriero.workspace.checkpoints import Checkpoints

_RESTART = (
    "Run `arriero daemon restart`: it keeps what can be read and sets the damaged file aside."
)


def stores(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Look for what is damaged, and for what was set aside because it was."""
    state = state_dir(environment)
    yield _sessions(state / "sessions.db")
    yield from _aside(state / "sessions.db")
    records = state / "checkpoints"
    if records.exists() and not (records.is_dir() and os.access(records, os.W_OK)):
        text = f"what runs change cannot be stored in {records}"
        yield Finding("undo", "fail", text, "Make it a folder that you may write, or move it away.")
    # Files and folders of these names that are something else: each start fails at them anew.
    for name, wanted, what in (
        ("checkpoints/days", Path.is_file, "runs of long ago cannot be forgotten"),
        ("checkpoints/runs", Path.is_dir, "what runs change cannot be stored"),
        ("checkpoints/blobs", Path.is_dir, "what runs change cannot be stored"),
        ("checkpoints/pending", Path.is_dir, "what runs change cannot be stored"),
        ("permissions.db", Path.is_file, "your answers for good cannot be read or kept"),
    ):
        if os.path.lexists(state / name) and not wanted(state / name):
            area = "permissions" if name == "permissions.db" else "undo"
            yield Finding(area, "fail", f"{what} in {state / name}", "Move it away.")
    yield from _answers(state / "permissions.db")
    damaged = Checkpoints(records).damaged()
    if damaged:
        text = f"{len(damaged)} records of runs cannot be read, such as {damaged[0]}"
        mend = "Those runs cannot be undone any more: remove the files, all else works."
        yield Finding("undo", "warn", text, mend)
    trail = state / "audit" / "audit.jsonl"
    if trail.exists() and not (trail.is_file() and os.access(trail, os.W_OK)):
        yield Finding("audit", "fail", f"{trail} cannot be written", "Move it away.")


def _answers(path: Path) -> Iterator[Finding]:
    """Look at the answers to questions for permission that hold for good."""
    if not path.is_file():
        return
    if not os.access(path, os.R_OK | os.W_OK):
        yield Finding(
            "permissions", "fail", f"{path} is not yours to read and write", "Move it away."
        )
    elif path.stat().st_mode & 0o077:
        text = f"{path} can be read or written by others"
        yield Finding("permissions", "warn", text, f"Run `chmod 600 {path}`.")


def _sessions(path: Path) -> Finding:
    if not path.exists():
        return Finding("sessions", "ok", "no conversations yet")
    try:
        if is_sound(path):
            if is_newer(path):
                text = f"{path} was written by a newer Arriero"
                mend = "Update Arriero; until then conversations are kept in a file beside it."
                return Finding("sessions", "warn", text, mend)
            return Finding("sessions", "ok", f"{path.stat().st_size / 1e6:.1f} MB of conversations")
    except (sqlite3.Error, OSError) as error:
        text = f"{path} cannot be read: {error}"
        return Finding("sessions", "fail", text, f"Make {path.parent} readable and writable.")
    return Finding("sessions", "fail", f"{path} is damaged", _RESTART)


def _aside(path: Path) -> Iterator[Finding]:
    found = set_aside(path)
    if found:
        text = f"a damaged database was set aside as {found[-1]}"
        if len(found) > 1:
            text += f", {len(found) - 1} before it"
        mend = "What could be read of it is in use again; delete it if you miss nothing."
        yield Finding("sessions", "warn", text, mend)
