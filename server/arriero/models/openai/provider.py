"""`OpenAiProvider`: an OpenAI-compatible server behind the `Provider` seam."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from arriero.models.batching import Batch
from arriero.models.chat_json import call_ids
from arriero.models.embedding import Vectors
from arriero.models.errors import ModelError, ModelNotFound, ServerBusy, WindowExceeded
from arriero.models.filling import FillRequest
from arriero.models.json_values import an_object
from arriero.models.lazy_client import LazyClient
from arriero.models.openai import describing, filling, listing, refusals, servers, wire
from arriero.models.openai.counting import TokenCounter
from arriero.models.openai.embedding import embedding_body, read_vectors
from arriero.models.openai.refusals import Asked, Dropped, Loading, NoRoute, NotThere
from arriero.models.sentences import not_offered, some_names, text_too_long
from arriero.models.types import (
    ChatRequest,
    Chunk,
    LoadedModel,
    ModelDetails,
    ModelInfo,
    PullProgress,
    RunnerOptions,
)

if TYPE_CHECKING:
    from arriero.models.openai.client import CompatibleClient
    from arriero.models.openai.streaming import EventStreams

_VERSION_TIMEOUT = 5.0
_COUNT_TIMEOUT = 3.0
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 2.0

_log = logging.getLogger(__name__)


class OpenAiProvider:
    """Talks to one OpenAI-compatible server through the openai package's client.

    `base_url` is the address before `/chat/completions`. `timeout` is in seconds: how long an
    answer that has begun may be silent, and how long a listing may take. `retries` says how often
    a request that failed before its first output is repeated. An `api_key` is sent as a bearer
    token. `models` are the only ones to use; empty: those that the server lists.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        timeout: float = 120.0,
        retries: int = 2,
        api_key: str | None = None,
        ca_file: str | None = None,
        models: Sequence[str] = (),
    ) -> None:
        self._name = name
        self._models = tuple(models)
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._retries = retries
        self._server = servers.named(name)
        self._recognised = self._server.family != "other"
        self._counter = TokenCounter(self._counted)
        self._client: LazyClient[CompatibleClient] = LazyClient(
            "arriero.models.openai.client",
            lambda module: module.CompatibleClient(
                name, self._base_url, api_key=api_key, timeout=timeout, ca_file=ca_file
            ),
        )
        self._streams: LazyClient[EventStreams] = LazyClient(
            "arriero.models.openai.streaming",
            lambda module: module.EventStreams(
                name, self._base_url, api_key=api_key, timeout=timeout, ca_file=ca_file
            ),
        )

    @property
    def name(self) -> str:
        """The key of this provider in the settings."""
        return self._name

    @property
    def base_url(self) -> str:
        """The server's address."""
        return self._base_url

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        """Stream one answer; see `batches`."""
        async with aclosing(await self.batches(request)) as batches:
            async for batch in batches:
                for chunk in batch:
                    yield chunk

    async def batches(self, request: ChatRequest) -> AsyncGenerator[Batch, None]:
        """Return one answer in batches. Closing the iterator closes the HTTP connection at once.

        While the server loads its model the request is repeated without a limit.
        """
        if request.think is not None:
            await self._recognise()
        pause, left = _FIRST_PAUSE, self._retries

        def reader() -> wire.AnswerReader:
            taken = call_ids(request.messages)
            return wire.AnswerReader(taken, formatted=request.format is not None)

        async def failed(error: ModelError, said: bool) -> None:
            nonlocal pause, left
            if isinstance(error, ModelNotFound):
                raise await self._with_names(error, request.model) from error
            loading = isinstance(error, Loading)
            if said or not isinstance(error, ServerBusy | Dropped) or not (left or loading):
                raise error
            left -= not loading
            _log.info("asking %s again: %s", self._base_url, error.cause)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(2 * pause, _LONGEST_PAUSE)

        body = wire.chat_body(request, self._server)
        streams, asked = await self._streams.get(), self._asked(request.model)
        return streams.batches(asked, body, "/chat/completions", reader, failed)

    async def models(self) -> list[ModelInfo]:
        """List the server's models in its own order."""
        return [listing.model_info(entry) for entry in await self._entries()]

    async def show(self, model: str) -> ModelDetails:
        """Describe one model; raises `ModelNotFound`.

        Servers do not tell whether a model can use tools, save llama.cpp: it is assumed.
        """
        entries = await self._entries()
        any_name = self._server.family == "llamacpp" and not self._models
        entry = listing.find(entries, model, alone=any_name)
        if entry is None and self._models and model not in self._models:
            raise ModelNotFound(not_offered(self._name, model, self._models))
        if entry is None:
            error = refusals.no_model(self._asked(model), "not in the list of models")
            raise self._naming(error, model, [listing.model_info(one).name for one in entries])
        return await describing.details(model, entry, self._server.family, self._beside)

    async def loaded(self) -> list[LoadedModel]:
        """List the models in the memory of llama.cpp's server or LM Studio; others do not tell."""
        await self._recognise()
        family = self._server.family
        entries = await self._entries() if family == "llamacpp" else []
        return await describing.loaded(entries, family, self._beside)

    async def count_tokens(self, request: ChatRequest) -> int | None:
        """Return the tokens of a prompt as llama.cpp and vLLM count them; others cannot."""
        await self._recognise()
        return await self._counter.count(request, self._server)

    async def embed(
        self,
        model: str,
        texts: Sequence[str],
        runner: RunnerOptions,  # noqa: ARG002 - the seam's; this protocol has no place for them
        dimensions: int | None = None,
    ) -> Vectors:
        """Return a vector for each text; see `Embedder`."""
        if not texts:
            return Vectors()
        asked, body = self._asked(model), embedding_body(model, texts, dimensions)
        client = await self._client.get()
        try:
            answer = await client.fetch(asked, "/embeddings", body, seconds=None)
        except ModelNotFound as error:
            raise await self._with_names(error, model) from error
        except WindowExceeded as error:
            raise WindowExceeded(text_too_long(model), cause=error.cause) from error
        found = read_vectors(answer, len(texts))
        if found is None:
            raise refusals.not_compatible(asked, repr(answer)[:500])
        return found

    def can_fill(self, details: ModelDetails) -> bool:
        """Tell whether the server has a way to fill in the middle; of models it does not tell."""
        return self._server.filling != "no" and "completion" in details.capabilities

    async def fill(self, request: FillRequest) -> AsyncGenerator[Chunk, None]:
        """Stream what belongs between two texts; see `Filler`."""
        await self._recognise()
        asked, route = self._asked(request.model), filling.route(request, self._server.filling)
        if route is None:
            raise refusals.no_filling(asked, "known of the server")
        path = self._address_beside("/infill") if route == "infill" else "/completions"
        body = filling.body(request, route)
        streams = await self._streams.get()
        answer = streams.batches(asked, body, path, filling.FillReader)
        try:
            async with aclosing(answer) as batches:
                async for batch in batches:
                    for chunk in batch:
                        yield chunk
        except NoRoute as error:
            raise refusals.no_route(asked, error.cause, prompt=route == "prompt") from error

    def remedy(self) -> str:
        """Return how to get a model: the end of a sentence."""
        return self._server.fetch

    async def version(self) -> str:
        """Ask for the server's version, or its name where it tells none: a proof that it answers.

        A server that is still loading its model answers too.
        """
        try:
            await self._entries(_VERSION_TIMEOUT)
        except Loading:
            return "(loading its model)"
        path = {"llamacpp": "/props", "vllm": "/version"}.get(self._server.family)
        told = await self._beside(path) if path else {}
        return str(told.get("build_info") or told.get("version") or self._server.label)

    def pull(self, model: str) -> AsyncGenerator[PullProgress, None]:
        """Raise `ModelError`: this protocol cannot fetch models."""
        raise refusals.no_pull(self._asked(model))

    async def aclose(self) -> None:
        """Close idle connections."""
        for lazy in (self._client, self._streams):
            if (client := lazy.take()) is not None:
                await client.close()

    async def _entries(self, seconds: float | None = None) -> list[Mapping[str, Any]]:
        """Return what the server lists of its models; learn from it which server it is."""
        asked, client = self._asked(), await self._client.get()
        try:
            answer = await client.fetch(asked, "/models", seconds=seconds or self._timeout)
        except NotThere as error:
            if not self._models:
                raise refusals.no_list(asked, error.cause) from error
            answer = [{"id": name} for name in self._models]
        entries = listing.entries(answer)
        if entries is None:
            raise refusals.not_compatible(asked, repr(answer)[:500])
        if not self._recognised and entries:
            self._recognised = True
            self._server = servers.owned_by(entries[0].get("owned_by")) or self._server
        if not self._models:
            return entries
        return listing.offered(entries, self._models, alone=self._server.family == "llamacpp")

    async def _recognise(self) -> None:
        """Find out which server it is, where its name in the settings does not tell."""
        if self._recognised:
            return
        try:
            await self._entries(_VERSION_TIMEOUT)
        except ModelError as error:
            _log.info("the server at %s is not known: %s", self._base_url, error.cause)

    async def _beside(self, path: str) -> Mapping[str, Any]:
        """Return what a route outside of OpenAI's protocol tells, nothing if it is not there."""
        address, client = self._address_beside(path), await self._client.get()
        try:
            answer = await client.fetch(self._asked(), address, seconds=_VERSION_TIMEOUT)
        except ModelError as error:
            _log.info("%s tells nothing: %s", address, error.cause)
            return {}
        return an_object(answer)

    async def _counted(self, path: str, body: Mapping[str, Any]) -> object:
        client, address = await self._client.get(), self._address_beside(path)
        return await client.fetch(self._asked(), address, body, seconds=_COUNT_TIMEOUT)

    def _address_beside(self, path: str) -> str:
        return self._base_url.removesuffix("/v1") + path

    def _asked(self, model: str = "") -> Asked:
        return Asked(self._name, self._base_url, self._server, model)

    async def _with_names(self, error: ModelNotFound, model: str) -> ModelNotFound:
        """Add the names of the models that are there, if the server tells them."""
        try:
            names = [info.name for info in await self.models()]
        except ModelError as failed:
            _log.info("the models cannot be listed: %s", failed.cause)
            return error
        return self._naming(error, model, names)

    def _naming(self, error: ModelNotFound, model: str, names: list[str]) -> ModelNotFound:
        told = self._asked(model)
        return refusals.no_model(told, error.cause, some_names(names, model)) if names else error
