"""The report on the newest session of a connection's folders, kept up with its events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from arriero.agent.report import ReportFold
from arriero.lsp.context_messages import ContextMessage, ContextTotals
from arriero.sessions.events import Event, RunStarted
from arriero.sessions.session import UnknownSession

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment


class NewestContext:
    """Reads a session once and then only follows it, as a status is told after each step."""

    def __init__(self) -> None:
        self.session_id: str | None = None
        self._roots: tuple[str, ...] | None = None
        self._fold: ReportFold | None = None
        self._newest = 0  # the last event in the fold
        self._since: list[Event] = []  # seen before the session was read
        self._reading = asyncio.Lock()

    def saw(self, event: Event) -> None:
        """Take in an event of any run in the folders; returns at once."""
        if isinstance(event.body, RunStarted) and event.session_id != self.session_id:
            self._turn_to(event.session_id)
        if event.session_id != self.session_id:
            return
        if self._fold is None:
            self._since.append(event)
        else:
            self._add(self._fold, [event])

    async def message(self, attachment: Attachment) -> ContextMessage | None:
        """Return what the status tells of it; None before the first answer of a model."""
        async with self._reading:
            if self._roots != attachment.roots:
                self._roots = attachment.roots
                newest = await attachment.newest_session()
                self._turn_to(None if newest is None else newest.session_id)
            session_id = self.session_id
            if session_id is None:
                return None
            if self._fold is None:
                try:
                    events = await attachment.events(session_id)
                except UnknownSession:  # deleted meanwhile: another is the newest
                    self._roots = None
                    return None
                fold = await asyncio.to_thread(_folded, events)
                if session_id != self.session_id:
                    return None  # another began; its own events have the status told again
                self._newest = max((event.seq for event in events), default=0)
                self._add(fold, self._since)
                self._fold, self._since = fold, []
            return _message(session_id, self._fold)

    def _turn_to(self, session_id: str | None) -> None:
        self.session_id, self._fold, self._newest, self._since = session_id, None, 0, []

    def _add(self, fold: ReportFold, events: Iterable[Event]) -> None:
        for event in events:
            if event.seq > self._newest:
                self._newest = event.seq
                fold.add(event.body)


def context_of(session_id: str, events: Iterable[Event]) -> ContextMessage | None:
    """Return what is told of a session, from all its events; None before a model has answered."""
    return _message(session_id, _folded(events))


def _folded(events: Iterable[Event]) -> ReportFold:
    fold = ReportFold()
    for event in events:
        fold.add(event.body)
    return fold


def _message(session_id: str, fold: ReportFold) -> ContextMessage | None:
    told = fold.report
    if not told.steps:
        return None
    totals = told.totals
    return ContextMessage(
        session_id=session_id,
        model=told.model,
        provider=told.provider,
        rung=told.rung,
        window=told.window,
        prompt_tokens=told.prompt_tokens,
        answer_tokens=told.answer_tokens,
        cached_tokens=told.cached_tokens,
        cached_estimated=told.cached_estimated,
        tokens_per_second=told.tokens_per_second and round(told.tokens_per_second, 1),
        load_ms=told.load_ms,
        prompt_ms=told.prompt_ms,
        steps=told.steps,
        retries=told.retries,
        compactions=told.compactions,
        left_out=told.left_out,
        totals=ContextTotals(
            prompt_tokens=totals.prompt_tokens,
            answer_tokens=totals.answer_tokens,
            load_ms=totals.load_ms,
            prompt_ms=totals.prompt_ms,
            answer_ms=totals.answer_ms,
        ),
        line=told.line(),
        markdown=told.markdown(),
    )
