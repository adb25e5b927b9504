"""From the events of runs to the lines of the audit trail."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from arriero.observe.audit import AuditTrail
from arriero.observe.masking import masked
from arriero.sessions.events import (
    Applied,
    Event,
    EventBody,
    PermissionAnswered,
    PermissionAsked,
    PermissionDecided,
    Rejected,
    RunEnded,
    RunStarted,
    ToolEnded,
    ToolStarted,
    Undone,
)
from arriero.tools.registry import TOOLS

log = logging.getLogger(__name__)

_TOGETHER = 0.05  # seconds in which lines are gathered: to open and lock the file takes its time
_SHOWN = 2_000  # characters of a text; of a longer one its hash tells the rest
_COMMANDS = frozenset(name for name, tool in TOOLS.items() if tool.kind == "execute")
_KEPT = (
    RunStarted, ToolStarted, ToolEnded, PermissionDecided, PermissionAsked, PermissionAnswered,
    Applied, Rejected, Undone, RunEnded,
)  # fmt: skip


class Auditor:
    """Writes in a thread of its own, in the order of the events; a full disk stops no run."""

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="arriero-audit")
        self._failing = False
        self._waiting: deque[tuple[Event, str, str]] = deque()
        self._due: asyncio.TimerHandle | None = None

    def saw(self, event: Event, who: str, boundary: str = "") -> None:
        """Write down an event that belongs into the trail, soon; returns at once.

        `who` is the name of the client that the run is done for, `boundary` what confined the
        command of a tool call that has ended.
        """
        if isinstance(event.body, _KEPT):
            self._waiting.append((event, who, boundary))
            if self._due is None:
                loop = asyncio.get_running_loop()
                self._due = loop.call_later(_TOGETHER, self._write_soon)

    async def aclose(self) -> None:
        """Write what is left."""
        if self._due is not None:
            self._due.cancel()
            self._write_soon()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, partial(self._thread.shutdown, wait=True))

    def _write_soon(self) -> None:
        self._due = None
        self._thread.submit(self._write).add_done_callback(_told)

    def _write(self) -> None:
        """Write all that waits: what comes fast is written together."""
        entries = []
        while self._waiting:
            entries.append(_line(*self._waiting.popleft()))
        if not entries:
            return
        try:
            self._trail.append(entries)
        except OSError:
            if not self._failing:  # said once, until it works again
                log.exception("the audit trail in %s cannot be written", self._trail.folder)
            self._failing = True
        else:
            self._failing = False


def _told(done: Future[None]) -> None:
    if error := done.exception():
        log.error("lines of the audit trail are lost", exc_info=error)


def _line(event: Event, who: str, boundary: str) -> dict[str, Any]:
    body = entry_of(event.body)
    if boundary and isinstance(event.body, ToolEnded) and event.body.name in _COMMANDS:
        body["boundary"] = boundary
    known = {"kind": event.body.kind, "session": event.session_id, "run": event.run_id}
    return {**known, "client": who, **body}


def entry_of(body: EventBody) -> dict[str, Any]:
    """Return what the trail holds of an event, secrets masked; nothing of what it leaves out."""
    match body:
        case RunStarted():
            return {
                "prompt": _text(body.prompt),
                "mode": body.mode,
                "model": body.model,
                "provider": body.provider,
            }
        case ToolStarted():
            arguments = {name: _text(str(value)) for name, value in body.arguments.items()}
            return {"call": body.call_id, "tool": body.name, "arguments": arguments}
        case ToolEnded():
            return {
                "call": body.call_id,
                "tool": body.name,
                "status": body.status,
                "result": _digest(body.result),
                "ms": body.duration_ms,
                "edited": [diff.path for diff in body.diffs],
            }
        case PermissionDecided():
            return {
                "call": body.call_id,
                "verdict": body.verdict,
                "because": _text(body.because),
                "rule": _text(body.rule),
            }
        case PermissionAsked():
            return {"call": body.call_id, "question": _text(body.question)}
        case PermissionAnswered():
            return {"call": body.call_id, "answer": body.answer}
        case Applied() | Undone():
            hunks = body.hunks if isinstance(body, Applied) else body.kept
            name = "hunks" if isinstance(body, Applied) else "kept"
            return {"paths": list(body.paths), name: list(hunks)}
        case Rejected():
            return {"hunks": list(body.hunks)}
        case RunEnded():
            return {"stop_reason": body.stop_reason, "message": _text(body.message)}
        case _:
            return {}


def _text(text: str) -> str:
    if len(text) <= _SHOWN:
        return masked(text)
    return f"{masked(text[:_SHOWN])}… ({_digest(text)})"


def _digest(text: str) -> str:
    data = text.encode("utf-8", "surrogatepass")
    return f"{len(text)} characters, sha256 {hashlib.sha256(data).hexdigest()}"
