"""The models that a request may be answered by: where one fails before a word, the next is asked.

What chains of models are for runs (`agent.falling_back`) this is for answers that are passed on. A
run is given the whole chain, and says here who answers it.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from arriero.agent.falling_back import another_helps
from arriero.gateway.dialect import Refused
from arriero.models.batching import Batch
from arriero.models.chain import Wanted, in_time, spent
from arriero.models.errors import ModelError, ProviderUnavailable

if TYPE_CHECKING:
    from arriero.gateway.served import Served

_ASIDE_SECONDS = 10.0
_NO_HEADER = re.compile(r"[^!-~]+")  # what a name may have, but the line of a header not

log = logging.getLogger(__name__)


class Aside:
    """The providers that did not answer a moment ago: to try one again may take seconds.

    `clock` tells seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failed: dict[str, float] = {}

    def ordered(self, chain: Sequence[Wanted]) -> list[Wanted]:
        """Return a chain with theirs behind the others."""
        if len(chain) == 1:
            return list(chain)
        now = self._clock()
        return sorted(
            chain,
            key=lambda one: (
                now - self._failed.get(one.provider or "", -_ASIDE_SECONDS) < _ASIDE_SECONDS
            ),
        )

    def failed(self, one: Wanted, error: ModelError) -> None:
        """Note what became of one."""
        if isinstance(error, ProviderUnavailable) and one.provider:
            self._failed[one.provider] = self._clock()


class Succession:
    """The models of one request; `begin` finds the first.

    `served` is the one that is asked now, `model` what the provider calls the one that answers.
    `answers` names that with its provider, `preferred` the one that would answer if nothing had
    failed, both in visible ASCII. `follows` hears the names of those that take over.
    """

    def __init__(
        self, find: Callable[[Wanted], Awaitable[Served]], chain: Sequence[Wanted], aside: Aside
    ) -> None:
        self.served: Served
        self.model = ""
        self.preferred = self.answers = ""
        self.follows: Callable[[str], None] = lambda _: None
        self._find = find
        self._first = chain[0]
        self._now = chain[0]
        self._left = aside.ordered(chain)
        self._aside = aside
        self._failures: list[ModelError] = []  # of those that were to answer

    async def begin(self) -> None:
        """Find the first that is there; raises the ModelError of the last, with the others'."""
        failed = await self._next()
        if failed is not None:
            raise spent(failed, self._failures)
        self.model = self.served.model
        self.answers = self.preferred = _name(self.served.provider.name, self.model)
        if self._now != self._first:
            self.preferred = _name(self._first.provider or "", self._first.model)

    def chain(self) -> str:
        """Return the one that is asked now and those after it, as a setting of `model`."""
        now = Wanted(self.served.model, self.served.provider.name)
        return ", else ".join(f"{one.model}@{one.provider}" for one in (now, *self._left))

    def answer(
        self, ask: Callable[[Served], AsyncGenerator[Batch, None]]
    ) -> AsyncGenerator[Batch, None]:
        """Stream the answer of the first that gives one; closing it closes what was asked.

        Raises the ModelError of the last that was asked, with the others', and `Refused`.
        """
        return self._first_answer(ask) if self._left else ask(self.served)

    def taken_over(self, provider: str, model: str) -> None:
        """Note who answers from now on."""
        name = _name(provider, model)
        if name != self.answers:
            self.model, self.answers = model, name
            self.follows(model)

    async def _first_answer(
        self, ask: Callable[[Served], AsyncGenerator[Batch, None]]
    ) -> AsyncGenerator[Batch, None]:
        failed: ModelError | None = None
        while True:
            said = False
            try:
                async with aclosing(ask(self.served)) as stream:
                    async for batch in stream:
                        said = True
                        yield batch
            except ModelError as error:
                if said or not another_helps(error):
                    raise
                self._failed(error)
                log.info("%s fails: %s (%s)", self.answers, error, error.cause)
                failed = error
            except Refused as refused:  # it cannot do what is asked for
                if said or failed is None:
                    raise
                log.info("%s cannot answer instead: %s", self.answers, refused)
            else:
                return
            if not self._left or await self._next() is not None:
                raise spent(failed, self._failures)
            self.taken_over(self.served.provider.name, self.served.model)

    async def _next(self) -> ModelError | None:
        """Have the next that is there in `served`; return the last's error where none is."""
        while True:
            self._now = self._left.pop(0)
            try:
                found = self._find(self._now)
                self.served = await in_time(found, self._now, last=not self._left)
            except ModelError as error:
                self._failed(error)
                log.info("%s is not there: %s (%s)", self._now.model, error, error.cause)
                if not self._left:
                    return error
            else:
                return None

    def _failed(self, error: ModelError) -> None:
        self._failures.append(error)
        self._aside.failed(self._now, error)


@functools.lru_cache(maxsize=256)
def _name(provider: str, model: str) -> str:
    return _NO_HEADER.sub("?", f"{provider}/{model}")
