"""Suggestions at the cursor for one connection: when a model is asked, and with what.

The newest request wins: an older one is answered with nothing, after its connection to the model is
closed. So at most one is at the model. What was suggested stays while the user types it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arriero.agent.completion import prompted
from arriero.agent.completion.answer import Answer, read, read_whole
from arriero.agent.completion.extent import several_lines
from arriero.agent.completion.recent import Edited
from arriero.agent.completion.remembered import Remembered, Suggestion
from arriero.agent.completion.snippets import Snippet, as_comments, defined, edited
from arriero.agent.completion.spot import Spot
from arriero.agent.completion.tidy import tidied
from arriero.agent.completion.window import around
from arriero.agent.content import meant, neutral
from arriero.daemon.completion_model import Chosen, CompletionModel, Form
from arriero.models.errors import ModelError, ServerBusy
from arriero.models.filling import FillRequest
from arriero.models.priority import Yielded, unless
from arriero.models.types import ChatRequest
from arriero.settings.assistance import CompletionSettings
from arriero.workspace.text import with_eol
from arriero.workspace.usertexts import UserTexts

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment
    from arriero.daemon.hub import Hub

_LOOKING = 0.01  # seconds that is waited for what stands elsewhere, after the pause
_LOOKED = 0.1  # seconds that it may take in its thread
_LINE_TOKENS, _MOST_TOKENS = 64, 512  # of an answer: one line; several
_TOKENS_OF_EACH_LINE = 24
_SNIPPETS_SHARE = 4  # the part of the tokens that they may take is one of so many
_SPARE = 64  # tokens of the window that are left to what marks the places
_TEMPERATURE = 0.1
_MOST_OPEN = 1_000  # suggestions that may still be taken

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Elsewhere:
    """Where else to look: the user's texts, where they typed last, and how paths are shown."""

    texts: UserTexts
    recent: Sequence[Edited]
    show: Callable[[str], str]


@dataclass(frozen=True)
class CompletionReport:
    """What a status shows; `form` is "" while no model is chosen, `problem` a sentence or ""."""

    model: str
    form: Form | str
    shown: int
    accepted: int
    problem: str


class Completing:
    """The suggestions of one connection; belongs to the event loop.

    `sleep` takes seconds, `now` tells seconds that never go back.
    """

    def __init__(
        self,
        hub: Hub,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._sleep = sleep
        self._model = CompletionModel(hub, now)
        self._remembered = Remembered()
        self._newest: asyncio.Future[None] | None = None
        self._at_the_model = asyncio.Lock()
        self._looking: asyncio.Future[list[Snippet]] | None = None
        self._numbers = itertools.count(1)
        self._shown = 0
        self._accepted = 0
        self._open: dict[str, None] = {}  # the newest that were shown and not taken

    async def suggest(
        self,
        attachment: Attachment,
        spot: Spot,
        elsewhere: Elsewhere,
        *,
        explicit: bool,
        one_line: bool = False,
    ) -> Suggestion | None:
        """Return what to insert at the cursor, with the text's own line ends; None for nothing.

        Returns None as soon as it is called again. `explicit`: the user asks for it, so there is
        no pause before. `one_line`: there is no room for more, also where a block is open; the
        same for all of a connection. Cancelling closes the model's connection.
        """
        replaced = self._replace()
        settings = attachment.settings.completion
        if not _wanted(spot, settings):
            return None
        known = self._remembered.find(spot)
        if known is not None and (known.text or not explicit):
            return known if known.text else None
        try:
            pause = 0.0 if explicit else settings.pause
            found = await unless(
                replaced, self._asked(attachment, spot, elsewhere, pause, one_line=one_line)
            )
        except Yielded:
            return None
        if found is not None and found.text:
            self._shown += 1
            self._open[found.ident] = None
            if len(self._open) > _MOST_OPEN:
                del self._open[next(iter(self._open))]
            return found
        return None

    def accepted(self, ident: str) -> bool:
        """Count a suggestion as taken; False for one that was not shown here, or is counted."""
        if ident not in self._open:
            return False
        del self._open[ident]
        self._accepted += 1
        return True

    def report(self) -> CompletionReport:
        """Return what is known now; asks nobody."""
        chosen = self._model.chosen
        return CompletionReport(
            chosen.model if chosen else "",
            chosen.form if chosen else "",
            self._shown,
            self._accepted,
            self._model.problem,
        )

    def close(self) -> None:
        """End what is under way beside the requests."""
        if self._looking is not None:
            self._looking.cancel()

    def _replace(self) -> asyncio.Future[None]:
        """End the request before; return what is set when the next one comes."""
        if self._newest is not None and not self._newest.done():
            self._newest.set_result(None)
        self._newest = asyncio.get_running_loop().create_future()
        return self._newest

    async def _asked(
        self,
        attachment: Attachment,
        spot: Spot,
        elsewhere: Elsewhere,
        pause: float,
        *,
        one_line: bool,
    ) -> Suggestion | None:
        settings = attachment.settings.completion
        # Begun before the pause: it is mostly over when the model is asked.
        looking = self._look(attachment, spot, elsewhere) if settings.snippets else None
        if pause > 0:
            await self._sleep(pause)
        async with self._at_the_model:
            chosen = await self._model.get(attachment)
            if chosen is None:
                return None
            several = not one_line and several_lines(spot)
            try:
                snippets = await _in_time(looking)
                answer = await self._answer(chosen, spot, elsewhere, settings, snippets, several)
            except ServerBusy as error:
                log.debug("no completion now: %s", error.cause or error)
                return None
            except ModelError as error:
                await self._model.failed(attachment, error)
                return None
        text = tidied(
            meant(answer.text),
            spot,
            several=several,
            max_lines=settings.max_lines,
            cut_off=answer.cut_off,
        )
        found = Suggestion(f"completion-{next(self._numbers)}", _as_in(spot, text))
        self._remembered.keep(spot, found)
        return found

    async def _answer(
        self,
        chosen: Chosen,
        spot: Spot,
        elsewhere: Elsewhere,
        settings: CompletionSettings,
        snippets: Sequence[Snippet],
        several: bool,
    ) -> Answer:
        """Ask the model; raises ModelError, `Yielded` where something else is more urgent."""
        most = settings.max_lines
        length = min(most * _TOKENS_OF_EACH_LINE, _MOST_TOKENS) if several else _LINE_TOKENS
        tokens = settings.context_tokens
        if chosen.window:
            tokens = max(min(tokens, chosen.window - length - _SPARE), _SPARE)
        ahead = as_comments(
            snippets, spot.language, tokens // _SNIPPETS_SHARE, elsewhere.show(spot.path)
        )
        near = around(spot, tokens, ahead)
        if chosen.form == "prompted":
            request = ChatRequest(
                chosen.model,
                prompted.messages(near, spot, several=several, max_lines=most),
                runner=chosen.runner,
                max_tokens=2 * length,
                temperature=_TEMPERATURE,
                think=False,
                affinity=spot.path,
            )
            said = await read_whole(chosen.provider.chat(request))
            return Answer(prompted.code_of(meant(said.text), spot), said.cut_off)
        fill = FillRequest(
            chosen.model,
            neutral(near.before),
            neutral(near.after),
            chosen.runner,
            max_tokens=length,
            temperature=_TEMPERATURE,
            stop=() if several else ("\n",),
            affinity=spot.path,
        )
        return await read(chosen.provider.fill(fill), spot, several=several, max_lines=most)

    def _look(
        self, attachment: Attachment, spot: Spot, elsewhere: Elsewhere
    ) -> asyncio.Future[list[Snippet]] | None:
        """Look in a thread for what may help; not while an earlier look goes on."""
        if self._looking is not None and not self._looking.done():
            return None
        readers = self._hub.indexes.readers(attachment.roots)

        def look() -> list[Snippet]:
            where, show = elsewhere, elsewhere.show
            found = edited(where.recent, where.texts.buffers, spot, show)
            return found + defined(readers, where.texts, spot, show, _LOOKED)

        self._looking = asyncio.ensure_future(asyncio.to_thread(_tried, look))
        return self._looking


def _wanted(spot: Spot, settings: CompletionSettings) -> bool:
    if not settings.enabled or {spot.language, spot.told} & {*settings.disabled_languages}:
        return False
    return settings.in_comments or not spot.scan_before.in_comment


def _as_in(spot: Spot, text: str) -> str:
    return with_eol(text, spot.eol) if "\n" in text else text


async def _in_time(looking: asyncio.Future[list[Snippet]] | None) -> list[Snippet]:
    """Return what was found, nothing where that takes longer."""
    if looking is None:
        return []
    await asyncio.wait((looking,), timeout=_LOOKING)
    return looking.result() if looking.done() and not looking.cancelled() else []


def _tried(look: Callable[[], list[Snippet]]) -> list[Snippet]:
    """Look; a completion without snippets is still one."""
    try:
        return look()
    except Exception:
        log.exception("nothing is given beside a completion")
        return []
