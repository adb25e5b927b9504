"""What of a session's history the model is sent: kept as an event, so that a later run goes on."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable

from arriero.agent.answer import Answer
from arriero.agent.compaction import Compaction, decode
from arriero.agent.prompt_budget import PromptBudget, Render
from arriero.agent.window import Window
from arriero.models.types import ChatRequest
from arriero.sessions.events import Compacted, Event, EventBody

log = logging.getLogger(__name__)

Emit = Callable[[EventBody], Awaitable[None]]


class Context:
    """One run's hold on the window. What is left out is stored and shown as an event."""

    def __init__(self, budget: PromptBudget, emit: Emit) -> None:
        self._budget = budget
        self._emit = emit
        self._stored = _state(budget.compaction)

    @property
    def window(self) -> Window:
        """The window as it is known now."""
        return self._budget.window

    async def ask(
        self,
        request: ChatRequest,
        step: int,
        render: Render,
        send: Callable[[ChatRequest], Awaitable[Answer]],
    ) -> Answer:
        """Send as much of the request as fits, rendered, and return the answer.

        Raises ModelError.
        """

        async def sending(fitted: ChatRequest) -> Answer:
            await self._store(step)
            return await send(fitted)

        return await self._budget.ask(request, sending, render)

    async def _store(self, step: int) -> None:
        state = _state(self._budget.compaction)
        if state == self._stored:
            return
        self._stored = state
        told = tuple(one.what for one in self._budget.left_out)
        compaction = self._budget.compaction
        await self._emit(Compacted(step, compaction.encode(), told, compaction.compactions))


def last_compaction(events: Iterable[Event]) -> Compaction | None:
    """Return the state of a session's prompts as the last run left it."""
    found = None
    for event in events:
        if isinstance(event.body, Compacted):
            found = event.body
    if found is None:
        return None
    try:
        return decode(found.state)
    except (KeyError, TypeError, ValueError):
        log.warning("the state of the compaction is not readable; the history is fitted anew")
        return None


def _state(compaction: Compaction) -> object:
    """Return what of the state changes the prompt."""
    return dict(compaction.shortened), compaction.dropped, compaction.summary
