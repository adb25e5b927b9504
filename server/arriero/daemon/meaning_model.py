"""An embedding model at its server: texts and questions become vectors."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from arriero.agent.model_profile import digest_of
from arriero.daemon.activity import Activity
from arriero.daemon.providers import ProviderPool
from arriero.index.meaning.prefixes import Prefixes, prefixes_of
from arriero.models.errors import ModelError, WindowExceeded
from arriero.models.residency import Plans, find, server_of
from arriero.models.types import RunnerOptions
from arriero.settings.assistance import MeaningSettings
from arriero.settings.model import Settings
from arriero.settings.provider import ProviderSettings
from arriero.within import within

_MOST_CHARS = 8_000  # of one text
_LEAST_CHARS = 100
_SHORTER = 0.6  # a text that is too long for the model is cut to so much of it
_MOST_QUESTIONS = 256
_QUESTION_CHARS = 2_000
_QUESTION_SECONDS = 20.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Models:
    """Where models are asked, and when they are not disturbed."""

    pool: Callable[[], ProviderPool]
    plans: Plans
    activity: Activity


@dataclass(frozen=True)
class MeaningWish:
    """What an editor's settings ask for; only what matters to the vectors is compared."""

    meaning: MeaningSettings
    provider: str
    entry: ProviderSettings | None
    keep_alive: str | int

    @staticmethod
    def of(settings: Settings) -> MeaningWish:
        """Return the wish of some settings."""
        provider = settings.meaning.provider or settings.provider
        entry = settings.providers.get(provider)
        return MeaningWish(settings.meaning, provider, entry, settings.window.keep_alive)

    @property
    def prefixes(self) -> Prefixes:
        """What the model wants before texts."""
        known = prefixes_of(self.meaning.model or "")
        query, document = self.meaning.query_prefix, self.meaning.document_prefix
        return Prefixes(
            known.query if query is None else query,
            known.document if document is None else document,
        )


class EmbeddingModel:
    """The model of a wish that names one. Every method that asks it raises ModelError."""

    def __init__(self, wish: MeaningWish, settings: Settings, models: Models) -> None:
        assert wish.meaning.model is not None
        self.wish = wish
        self.name = wish.meaning.model
        self.activity = models.activity
        self.took = 0.0  # seconds of the last question; infinite where it failed
        self._settings = settings
        self._models = models
        self._chars = _MOST_CHARS
        self._questions: OrderedDict[str, asyncio.Task[list[float]]] = OrderedDict()

    @property
    def server(self) -> str:
        """Where it is asked."""
        return server_of(self.wish.entry) if self.wish.entry is not None else self.wish.provider

    async def key(self) -> str:
        """Return what names its vectors: other weights or another prefix, another name.

        The digest of the weights where the server tells it, else the server and the model's name.
        """
        provider = self._models.pool().direct(self.wish.provider, self._settings)
        told = await digest_of(provider, self.name) or f"{self.server} {self.name}"
        whole = f"{told}\0{self.wish.prefixes.document}"
        return hashlib.sha256(whole.encode()).hexdigest()

    async def documents(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the vectors of texts; of one that is too long its beginning counts.

        Raises `Yielded` when something more urgent comes.
        """
        provider = self._models.pool().get(self.wish.provider, self._settings, "embeddings")
        before = self.wish.prefixes.document
        while True:
            cut = [text[: self._chars] for text in texts]
            try:
                return await provider.embed(
                    self.name, [before + text for text in cut], self._runner
                )
            except WindowExceeded:
                longest = max(map(len, cut))
                if longest <= _LEAST_CHARS:
                    raise
                self._chars = max(int(longest * _SHORTER), _LEAST_CHARS)
                log.info("%s is given %d characters of a text at most", self.name, self._chars)

    def knows(self, question: str) -> bool:
        """Tell whether a question has its vector already."""
        task = self._questions.get(question)
        return task is not None and task.done()

    async def question(self, question: str) -> list[float]:
        """Return the vector of a question; one that was asked before is remembered.

        It goes before what is embedded in the background. Cancelling does not end it.
        """
        return await asyncio.shield(self.begin(question))

    def begin(self, question: str) -> asyncio.Task[list[float]]:
        """Have the vector of a question made, for the next time that it is asked."""
        task = self._questions.get(question)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._questions[question] = asyncio.create_task(self._asked(question))
            task.add_done_callback(_noted)
            if len(self._questions) > _MOST_QUESTIONS:
                self._questions.popitem(last=False)[1].cancel()
        self._questions.move_to_end(question)
        return task

    async def in_memory(self) -> bool:
        """Tell whether a question would be answered without loading the model."""
        if self.wish.entry is None or self.wish.entry.kind != "ollama":
            return True  # such servers do not load on demand, or do not tell
        provider = self._models.pool().direct(self.wish.provider, self._settings)
        return find(await provider.loaded(), self.name) is not None

    async def aclose(self) -> None:
        """End what is under way."""
        tasks = list(self._questions.values())
        self._questions.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _asked(self, question: str) -> list[float]:
        provider = self._models.pool().get(self.wish.provider, self._settings, "completion")
        text = self.wish.prefixes.query + question[:_QUESTION_CHARS]
        began, took = time.monotonic(), math.inf
        try:
            (vector,) = await within(
                provider.embed(self.name, [text], self._runner), _QUESTION_SECONDS
            )
            took = time.monotonic() - began
        except asyncio.TimeoutError as error:
            raise ModelError(f"{self.name} did not answer in time; try again later.") from error
        finally:
            self.took = took
        return vector

    @property
    def _runner(self) -> RunnerOptions:
        plan = None
        if self.wish.entry is not None:
            plan = self._models.plans.get(self.wish.entry, self.name)
        return plan.runner if plan is not None else RunnerOptions(None, self.wish.keep_alive)


def _noted(task: asyncio.Task[list[float]]) -> None:
    """Take note of what nobody may wait for any more."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.info("a question has no vector: %s", error)
