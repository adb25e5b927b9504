"""One usable answer of the model: asked again, or in another form, when something is wrong.

What an attempt has said does not count once it is given up: an event says so, so that the history
holds the answer that counts and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from arriero.agent import ladder
from arriero.agent.answer import Answer, AnswerReader, Repetition, ask
from arriero.agent.context import Context
from arriero.agent.guard import RepeatWatch
from arriero.agent.ladder import Ladder, Rung
from arriero.agent.reading import Chained
from arriero.models.errors import ModelError, StreamBroken
from arriero.models.types import ChatRequest, Provider
from arriero.sessions.events import EventBody, Notice, StepEnded, StepRetried

log = logging.getLogger(__name__)

Emit = Callable[[EventBody], Awaitable[None]]

_ATTEMPTS = 5  # at one answer, whatever is wrong with them
_BROKEN_STREAMS = 3
_EMPTY_ANSWERS = 2
_RESAMPLED = 0.8  # the temperature of a request whose first answer led nowhere
_LONGEST_THOUGHT = 200_000  # characters; no answer that is of use thinks longer


class Asking(Protocol):
    """Whoever gets the answers of a run."""

    @property
    def ladder(self) -> Ladder:
        """The rungs of the model that answers now."""

    async def ask(self, wanted: ChatRequest, step: int) -> Answer:
        """Return the answer that counts; raises ModelError."""


@dataclass
class _Attempts:
    """What has gone wrong with this step so far."""

    all: int = 0
    broken: int = 0
    empty: int = 0


class Steps:
    """Gets the answers of one run.

    `offered` are the tools' names with their parameters in order; `edits` makes the reader of edits
    that the model writes into its text, where there is one. `said`: something of the newest step
    was shown, even if it does not count any more.
    """

    def __init__(
        self,
        provider: Provider,
        context: Context,
        climbing: Ladder,
        offered: Mapping[str, Sequence[str]],
        emit: Emit,
        edits: Callable[[], AnswerReader] | None = None,
    ) -> None:
        self.ladder = climbing
        self._provider = provider
        self._context = context
        self._offered = offered
        self._emit = emit
        self._edits = edits
        self._thinks = True
        self._said = False  # whether this attempt has said anything
        self.said = False

    async def ask(self, wanted: ChatRequest, step: int) -> Answer:
        """Return the answer that counts; it may be empty if the model says nothing else.

        Raises ModelError when asking again or otherwise does not help.
        """
        request = wanted if self._thinks else replace(wanted, think=False)
        attempts = _Attempts()
        self.said = False
        while True:
            attempts.all += 1
            try:
                answer = await self._answer(request, step)
            except ModelError as error:
                reason = await self._after_error(error, attempts)
                if reason is None or attempts.all >= _ATTEMPTS:
                    raise
                log.info("step %d: %s (%s)", step, error, error.cause)
                if isinstance(error, Repetition):
                    request = _resampled(request, attempts.all)
            else:
                if not answer.empty or attempts.empty >= _EMPTY_ANSWERS:
                    return answer
                attempts.empty += 1
                reason, request = await self._after_nothing(answer, request, attempts)
            await self._emit(StepRetried(step, reason))

    async def _answer(self, request: ChatRequest, step: int) -> Answer:
        rung = ladder.rendered_rung(request, self.ladder.rung)
        self._said = False

        async def shown(body: EventBody) -> None:
            self._said = self.said = True
            await self._emit(body)

        async def send(fitted: ChatRequest) -> Answer:
            watch = RepeatWatch(_LONGEST_THOUGHT)
            return await ask(self._provider, fitted, self._reader(rung), watch.feed, shown, step)

        answer = await self._context.ask(
            request, step, lambda fitted: ladder.render(fitted, rung), send
        )
        usage = answer.usage
        await self._emit(
            StepEnded(
                step,
                usage.prompt_tokens,
                usage.answer_tokens,
                usage.load_ms,
                usage.prompt_ms,
                usage.answer_ms,
                usage.cached_tokens,
                self._context.window.size,
                rung,
            )
        )
        return answer

    def _reader(self, rung: Rung) -> AnswerReader:
        reader = ladder.reader(rung, self._offered)
        return Chained(reader, self._edits()) if self._edits and rung != "off" else reader

    async def _after_error(self, error: ModelError, attempts: _Attempts) -> str | None:
        """Return why to ask again, or None when that would not help."""
        if isinstance(error, Repetition | StreamBroken):
            attempts.broken += 1
            if attempts.broken >= _BROKEN_STREAMS:
                return None
            return "it repeated itself" if isinstance(error, Repetition) else "its answer broke off"
        return await self._moved(self.ladder.refused(error, said=self._said))

    async def _after_nothing(
        self, answer: Answer, request: ChatRequest, attempts: _Attempts
    ) -> tuple[str, ChatRequest]:
        if answer.reason == "length" and answer.thinking and request.think is not False:
            self._thinks = False
            return "it only thought until its answer was full", replace(request, think=False)
        await self._moved(self.ladder.answered("empty"))
        return "its answer was empty", _resampled(request, attempts.empty)

    async def _moved(self, sentence: str | None) -> str | None:
        if sentence is not None:
            await self._emit(Notice("info", sentence))
        return sentence


def _resampled(request: ChatRequest, attempt: int) -> ChatRequest:
    """Return a request that has another answer: the same one would get the same again."""
    seed = None if request.seed is None else request.seed + attempt
    return replace(request, temperature=max(request.temperature or 0, _RESAMPLED), seed=seed)
