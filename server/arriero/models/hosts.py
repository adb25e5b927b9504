"""`HostPool`: several hosts with the same models behind one name."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import TypeVar

from arriero.models.embedding import Vectors
from arriero.models.errors import (
    ModelError,
    ModelNotFound,
    NoMemory,
    ProviderUnavailable,
    ServerBusy,
    StreamBroken,
)
from arriero.models.filling import FillRequest
from arriero.models.host import Host, HostProvider
from arriero.models.types import (
    ChatRequest,
    Chunk,
    LoadedModel,
    ModelDetails,
    ModelInfo,
    PullProgress,
    RunnerOptions,
)

_MOST_SESSIONS = 512
# After these another host may do better, as long as nothing has been said.
_ELSEWHERE = (ProviderUnavailable, ServerBusy, NoMemory, StreamBroken, ModelNotFound)
# These speak against the host itself.
_UNFIT = (ProviderUnavailable, ServerBusy)

Result = TypeVar("Result")
Tried = dict[Host, ModelError]

_log = logging.getLogger(__name__)


class HostPool:
    """A provider over several providers of one kind; `clock` tells seconds that never go back.

    What belongs together (`ChatRequest.affinity`) stays on the host that has it cached. Other
    requests go to the host with the fewest in flight of those that have the model, and among
    equals to one that has it in memory: so a busy pool spreads, an idle one loads nothing twice.
    A host that cannot be reached or is full is set aside for a while, and the next is tried,
    unless the answer has begun. Whether it is back is looked at when a request comes, not before.
    """

    def __init__(
        self,
        name: str,
        providers: Sequence[HostProvider],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._hosts = [Host(provider, clock) for provider in providers]
        self._homes: OrderedDict[str, Host] = OrderedDict()

    @property
    def name(self) -> str:
        """The key of this provider in the settings."""
        return self._name

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the hosts, in the order of the settings."""
        return tuple(host.address for host in self._hosts)

    def chat(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        """Stream one answer. Closing the iterator closes the HTTP connection at once.

        Raises what the last host raised that answered at all, else `ProviderUnavailable`.
        """
        return self._stream(
            request.model, request.affinity, lambda provider: provider.chat(request)
        )

    async def models(self) -> list[ModelInfo]:
        """List the models of all hosts that answer, each once, in the order of the hosts."""
        lists = await self._from_all(lambda provider: provider.models())
        found = {model.name: model for one in reversed(lists) for model in reversed(one)}
        return list(reversed(found.values()))

    async def show(self, model: str) -> ModelDetails:
        """Describe one model as a host tells that has it; raises `ModelNotFound`."""
        return await self._from_one(model, lambda provider: provider.show(model))

    async def loaded(self) -> list[LoadedModel]:
        """List the models in memory of all hosts that answer; one may be there several times."""
        lists = await self._from_all(lambda provider: provider.loaded())
        return [model for one in lists for model in one]

    async def count_tokens(self, request: ChatRequest) -> int | None:
        """Return the tokens of a prompt as the host counts them that would be asked."""
        host = await self._next(request.model, request.affinity, {})
        return None if host is None else await host.provider.count_tokens(request)

    async def embed(
        self,
        model: str,
        texts: Sequence[str],
        runner: RunnerOptions,
        dimensions: int | None = None,
    ) -> Vectors:
        """Return a vector for each text; see `Embedder`."""
        return await self._from_one(
            model, lambda provider: provider.embed(model, texts, runner, dimensions)
        )

    def can_fill(self, details: ModelDetails) -> bool:
        """Tell whether a model may fill in the middle: the hosts are of one kind."""
        return self._hosts[0].provider.can_fill(details)

    def fill(self, request: FillRequest) -> AsyncGenerator[Chunk, None]:
        """Stream what belongs between two texts; see `Filler`."""
        return self._stream(
            request.model, request.affinity, lambda provider: provider.fill(request)
        )

    async def version(self) -> str:
        """Ask for the version of the first host that answers."""
        return await self._from_one("", lambda provider: provider.version())

    def pull(self, model: str) -> AsyncGenerator[PullProgress, None]:
        """Fetch a model to the first host that answers."""
        return self._stream("", "", lambda provider: provider.pull(model))

    def remedy(self) -> str:
        """Return how to get a model: the end of a sentence."""
        return self._hosts[0].provider.remedy()

    async def aclose(self) -> None:
        """Close idle connections; raises the first error when all were closed."""
        closing = (host.provider.aclose() for host in self._hosts)
        for problem in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(problem, BaseException):
                raise problem

    async def _stream(
        self,
        model: str,
        affinity: str,
        start: Callable[[HostProvider], AsyncGenerator[Result, None]],
    ) -> AsyncGenerator[Result, None]:
        tried: Tried = {}
        while (host := await self._next(model, affinity, tried)) is not None:
            begun = False
            host.in_flight += 1
            try:
                async with aclosing(start(host.provider)) as pieces:
                    async for piece in pieces:
                        if not begun:
                            begun = True
                            host.answered()
                        yield piece
            except _ELSEWHERE as error:
                if begun:
                    raise
                self._failed(host, error, tried)
            else:
                return
            finally:
                host.in_flight -= 1
        raise self._refusal(tried)

    async def _from_one(
        self, model: str, ask: Callable[[HostProvider], Awaitable[Result]]
    ) -> Result:
        """Return what the first host answers."""
        tried: Tried = {}
        while (host := await self._next(model, "", tried)) is not None:
            host.in_flight += 1
            try:
                found = await ask(host.provider)
            except _ELSEWHERE as error:
                self._failed(host, error, tried)
            else:
                host.answered()
                return found
            finally:
                host.in_flight -= 1
        raise self._refusal(tried)

    async def _from_all(self, ask: Callable[[HostProvider], Awaitable[Result]]) -> list[Result]:
        """Return what each host answers that can be asked; raises if none does."""
        tried: Tried = {}
        found: list[Result] = []

        async def one(host: Host) -> Result | None:
            try:
                answer = await ask(host.provider)
            except ModelError as error:
                self._failed(host, error, tried)
                return None
            host.answered()
            return answer

        while not found and (hosts := await self._ready(tried)):
            answers = await asyncio.gather(*map(one, hosts))
            found = [answer for answer in answers if answer is not None]
        if not found:
            raise self._refusal(tried)
        return found

    async def _next(self, model: str, affinity: str, tried: Tried) -> Host | None:
        """Return the host to ask, None if none is left; it becomes the affinity's home."""
        home = self._homes.get(affinity)
        if home is None or not home.healthy or home in tried:
            home = self._best(model, await self._informed(tried))
        if affinity and home is not None:
            self._homes[affinity] = home
            self._homes.move_to_end(affinity)
            if len(self._homes) > _MOST_SESSIONS:
                self._homes.popitem(last=False)
        return home

    def _best(self, model: str, hosts: Sequence[Host]) -> Host | None:
        having = [host for host in hosts if host.has(model)] or hosts
        # The first of equals is the first of the settings.
        return min(having, key=lambda host: (host.in_flight, not host.holds(model)), default=None)

    async def _informed(self, tried: Tried) -> list[Host]:
        """Return the hosts that can be asked, when they have told what they have."""
        ready = await self._ready(tried)
        if len(ready) < 2:
            return ready
        await _all(host.learn() for host in ready)
        return [host for host in ready if host.healthy] or await self._ready(tried)

    async def _ready(self, tried: Tried) -> list[Host]:
        """Return the healthy hosts that were not tried yet.

        Those that were set aside are looked at when their pause is over, and all of them when no
        other is left: the person may just have started one.
        """
        untried = [host for host in self._hosts if host not in tried]
        await _all(host.check() for host in untried if host.due)
        ready = [host for host in untried if host.healthy]
        if not ready:
            await _all(host.check() for host in untried)
            ready = [host for host in untried if host.healthy]
        return ready

    def _failed(self, host: Host, error: ModelError, tried: Tried) -> None:
        tried[host] = error
        if isinstance(error, _UNFIT):
            host.failed(error)
        else:
            _log.info("%s fails, others are tried: %s", host.address, error.cause)

    def _refusal(self, tried: Tried) -> ModelError:
        answered = [one for one in tried.values() if not isinstance(one, ProviderUnavailable)]
        if answered:
            return answered[-1]
        return ProviderUnavailable(
            f"No host of the provider {self._name} can be used ({', '.join(self.addresses)}): "
            f"start the server on one of them, or mend `providers.{self._name}.base_url` and "
            f"`providers.{self._name}.hosts`.",
            cause="; ".join(f"{host.address}: {host.trouble}" for host in self._hosts),
        )


async def _all(checks: Iterable[Awaitable[object]]) -> None:
    await asyncio.gather(*checks)
