"""How much one run may take: counted from its events, and said in a sentence when it is enough."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from arriero.sessions.events import (
    EventBody,
    PermissionAnswered,
    PermissionAsked,
    StepEnded,
    ToolStarted,
)
from arriero.settings.safety import LimitSettings
from arriero.shadow.unbroken import unbroken
from arriero.workspace.proposal import Proposal

T = TypeVar("T")

_GO_ON = "What it did is proposed. Ask to go on, or raise the limit."


class RunLimits:
    """The limits of one run; belongs to the event loop. `now` tells seconds that never go back."""

    def __init__(self, limits: LimitSettings, now: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._now = now
        self._tokens = 0
        self._commands = 0
        self._files = 0
        self._lines = 0
        self._waited = 0.0  # seconds for the person's answers so far
        self._waits_since: float | None = None
        self._news = asyncio.Event()  # whether it waits has changed

    def saw(self, body: EventBody) -> None:
        """Count what an event tells."""
        match body:
            case StepEnded():
                read = body.prompt_tokens - (body.cached_tokens or 0)
                self._tokens += max(0, read) + body.answer_tokens
            # A look at what goes on in the background starts nothing.
            case ToolStarted(tool_kind="execute", name=name) if name != "command_output":
                self._commands += 1
            case PermissionAsked():
                self._waits_since = self._now()
                self._news.set()
            case PermissionAnswered() if self._waits_since is not None:
                self._waited += self._now() - self._waits_since
                self._waits_since = None
                self._news.set()
            case _:
                pass

    def proposes(self, proposal: Proposal) -> None:
        """Count what the run has changed so far, against the user's files."""
        hunks = proposal.hunks
        self._files = len({hunk.path for hunk in hunks})
        self._lines = sum(len(hunk.old_lines) + len(hunk.new_lines) for hunk in hunks)

    @property
    def reached(self) -> str:
        """Why the run must end now, a sentence that names the setting; empty while it may go on."""
        for name, counted, what in (
            ("run_tokens", self._tokens, "tokens"),
            ("run_files", self._files, "changed files"),
            ("run_lines", self._lines, "changed lines"),
            ("run_commands", self._commands, "commands"),
        ):
            most = getattr(self._limits, name)
            if most is not None and counted > most:
                # The command that was one too many was not executed.
                shown = most if name == "run_commands" else counted
                return f"Stopped after {shown:,} {what} (limits.{name}). {_GO_ON}"
        return ""

    async def within(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T | str:
        """Do the run's work; where it takes too long it is cancelled, and a sentence returned."""
        most = self._limits.run_seconds
        if most is None:
            return await work()
        doing = asyncio.ensure_future(work())
        clock = asyncio.ensure_future(self._over(most))
        try:
            await asyncio.wait({doing, clock}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            return f"Stopped after {most:g} seconds (limits.run_seconds). {_GO_ON}"
        finally:
            clock.cancel()
            doing.cancel()
            # Also who cancels twice gets an end after which nothing more happens in the run.
            await unbroken(asyncio.wait({doing, clock}))

    async def _over(self, seconds: float) -> None:
        """Return when the run has worked for so long; while it waits, nothing is counted."""
        began = self._now()
        while True:
            self._news.clear()
            left = seconds - (self._now() - began - self._waited)
            if self._waits_since is None and left <= 0:
                return
            news = asyncio.ensure_future(self._news.wait())
            try:
                timeout = None if self._waits_since is not None else left
                await asyncio.wait({news}, timeout=timeout)
            finally:
                news.cancel()
