"""The window and the budget of one run: a prompt is fitted, sent, and compared with its count."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from arriero.agent.budget import CannotFit, Fitted, LeftOut, fit, reserve
from arriero.agent.compaction import Compaction
from arriero.agent.cut import was_cut
from arriero.agent.token_profile import TokenProfiles
from arriero.agent.tokens import TokenEstimate
from arriero.agent.window import Window, read_back, remarks, smaller
from arriero.models.errors import ModelError, WindowExceeded
from arriero.models.types import ChatRequest, Message, Provider, Usage

log = logging.getLogger(__name__)

_REFUSALS = 3  # of one prompt, each answered with a shorter one
_A_LOAD_MS = 500  # an answer that took so long to load may come from another window
# From this share of the room on a prompt is counted by the server, where it can: below it an
# estimate does as well, and costs nothing.
_WORTH_COUNTING = 0.6


class Answered(Protocol):
    """What is known of an answer when it is complete."""

    usage: Usage


AnswerT = TypeVar("AnswerT", bound=Answered)
Tell = Callable[[str], Awaitable[None]]
Render = Callable[[ChatRequest], ChatRequest]
# From the messages that are left out from now on, and the summary so far, to the new one; empty if
# there is none.
Summarise = Callable[[Sequence[Message], str, Window], Awaitable[str]]
# From the window of a model that spills to the CPU to the smaller one of later sessions, if any.
Learn = Callable[[Window], Awaitable[int | None]]


class PromptBudget:
    """Keeps the prompts of one run within the window of its model.

    `planned` is the window that is asked for, `compaction` what the session's last run left out;
    `tell` shows the user a sentence, and `told` holds what need not be said again about the model.
    `summarise`, where given, puts in words what is left out, and `learn` remembers a window that
    fits.
    """

    def __init__(
        self,
        provider: Provider,
        planned: Window,
        estimate: TokenEstimate,
        profiles: TokenProfiles,
        tell: Tell,
        compaction: Compaction | None = None,
        told: set[str] | None = None,
        summarise: Summarise | None = None,
        learn: Learn | None = None,
    ) -> None:
        self._provider = provider
        self._planned = planned
        self._window = planned
        self._estimate = estimate
        self._profiles = profiles
        self._tell = tell
        self._compaction = compaction or Compaction()
        self._told = set() if told is None else told
        self._summarise = summarise
        self._learn = learn
        self._left_out: tuple[LeftOut, ...] = ()
        self._tokens = 0
        self._looked = False

    @property
    def window(self) -> Window:
        """The window as it is known now."""
        return self._window

    @property
    def compaction(self) -> Compaction:
        """The state for the session's next run."""
        return self._compaction

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What the newest prompt does not hold."""
        return self._left_out

    @property
    def tokens(self) -> int:
        """The newest prompt: as counted, or as estimated while there is no answer."""
        return self._tokens

    async def ask(
        self,
        request: ChatRequest,
        send: Callable[[ChatRequest], Awaitable[AnswerT]],
        render: Render = lambda request: request,
    ) -> AnswerT:
        """Send the whole history of `request` as far as it fits, and return the answer.

        `render` gives a fitted request the form in which it is sent. `send` is called again with
        less if the server says that it was too much. Raises CannotFit, ModelError if the server cut
        the prompt all the same, and what `send` raises.
        """
        for refusals in range(_REFUSALS):
            fitted = await self._fitted(request, render)
            sent = replace(request, messages=fitted.messages, max_tokens=fitted.answer_tokens)
            rendered = await asyncio.to_thread(render, sent)
            try:
                answer = await send(rendered)
            except WindowExceeded as error:
                if refusals == _REFUSALS - 1:
                    raise
                log.info("the prompt was refused: %s (%s)", error, error.cause)
                await self._refused(sent, error)
            else:
                await self._answered(sent, _form(rendered), fitted, answer.usage)
                return answer
        raise AssertionError("the last refusal was raised")

    async def _fitted(self, request: ChatRequest, render: Render) -> Fitted:
        before = self._compaction
        await self._count(request, render)
        fitted = await self._fit(request, before)
        compacted = fitted.compaction.compactions > before.compactions
        if compacted and fitted.dropped:
            fitted = await self._summarised(request, fitted)
        self._compaction, self._left_out = fitted.compaction, fitted.left_out
        self._tokens = fitted.tokens
        if compacted:
            left_out = sum(one.tokens for one in fitted.left_out)
            summed = fitted.compaction.summary != before.summary
            instead = "; a summary takes their place" if summed else ""
            await self._tell(
                f"The conversation outgrew the window of {self._window.size:,} tokens: about "
                f"{left_out:,} tokens of its older parts are no longer sent{instead}."
            )
        return fitted

    async def _fit(self, request: ChatRequest, compaction: Compaction) -> Fitted:
        # In a thread: a new text is weighed in some 50 ms for each megabyte.
        return await asyncio.to_thread(
            fit,
            request.messages,
            request.tools,
            self._window,
            request.max_tokens,
            self._estimate.snapshot(),
            compaction,
        )

    async def _count(self, request: ChatRequest, render: Render) -> None:
        """Learn the exact count of a prompt that may not fit, where the server can tell it."""
        room = self._window.size - reserve(self._window, request.max_tokens)
        messages = await asyncio.to_thread(self._compacted, request.messages)
        weight = await asyncio.to_thread(self._estimate.snapshot().count, messages, request.tools)
        if weight < room * _WORTH_COUNTING:
            return
        rendered = await asyncio.to_thread(render, replace(request, messages=messages))
        tokens = await self._provider.count_tokens(rendered)
        if tokens is not None:
            await asyncio.to_thread(
                self._estimate.learn, messages, request.tools, tokens, _form(rendered)
            )

    def _compacted(self, messages: Sequence[Message]) -> Sequence[Message]:
        fits = self._compaction.fits(messages)
        return self._compaction.render(messages) if fits else messages

    async def _summarised(self, request: ChatRequest, fitted: Fitted) -> Fitted:
        """Let a summary stand for what was dropped, if there is one and it fits."""
        if self._summarise is None:
            return fitted
        earlier = fitted.compaction.summary
        summary = await self._summarise(fitted.dropped, earlier, self._window)
        if not summary:
            return fitted
        try:
            summed = await self._fit(request, replace(fitted.compaction, summary=summary))
        except CannotFit:
            return fitted
        unchanged = summed.compaction.compactions == fitted.compaction.compactions
        return summed if unchanged else fitted

    async def _refused(self, sent: ChatRequest, error: WindowExceeded) -> None:
        await self._look(sent.model)
        self._window = smaller(self._window, error.window)
        # Where the server tells no count, it was at least more than the window.
        tokens = max(error.prompt, self._window.size + 1)
        await asyncio.to_thread(self._estimate.exceeded, sent.messages, sent.tools, tokens)

    async def _answered(self, sent: ChatRequest, form: int, fitted: Fitted, usage: Usage) -> None:
        if not self._looked or usage.load_ms > _A_LOAD_MS:
            await self._look(sent.model)
        # In threads: a session of 20,000 messages takes 50 ms.
        least = await asyncio.to_thread(self._estimate.least, sent.messages, sent.tools, form)
        cut = was_cut(fitted.tokens, usage.prompt_tokens, self._window.size, least)
        if cut is not None:
            raise ModelError(cut, cause=f"{usage}, estimated {fitted.tokens}, at least {least}")
        self._tokens = usage.prompt_tokens or fitted.tokens
        if await asyncio.to_thread(
            self._estimate.learn, sent.messages, sent.tools, usage.prompt_tokens, form
        ):
            await self._profiles.save(self._estimate)

    async def _look(self, model: str) -> None:
        """Read the real window back; where it cannot be told, the planned one stays."""
        self._looked = True
        try:
            actual = read_back(await self._provider.loaded(), model)
        except ModelError as error:
            log.info("the window cannot be read back: %s (%s)", error, error.cause)
            return
        if actual is None or actual == self._window:
            return
        fitting = None
        if actual.spilled and self._learn is not None:
            fitting = await self._learn(actual)
        for sentence in remarks(model, self._planned, actual, fitting):
            if sentence not in self._told:
                self._told.add(sentence)
                await self._tell(sentence)
        self._window = actual


def _form(rendered: ChatRequest) -> int:
    """Return a mark of how a request is worded, which is another one for each rung of the ladder.

    It shows in the tools, which the server is given or the system message describes.
    """
    system = rendered.messages[0].content if rendered.messages else ""
    return hash((bool(rendered.tools), rendered.format is not None, system))
