"""`OllamaProvider`: Ollama behind the `Provider` seam."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from arriero.models.batching import Batch
from arriero.models.chat_json import call_ids
from arriero.models.embedding import Vectors
from arriero.models.errors import (
    CallUnreadable,
    ModelError,
    ModelNotFound,
    StreamBroken,
    WindowExceeded,
)
from arriero.models.filling import FillRequest
from arriero.models.json_values import an_object, number, objects, vectors
from arriero.models.lazy_client import LazyClient
from arriero.models.ollama import refusals, wire
from arriero.models.ollama.cache_size import cache_bytes_per_token
from arriero.models.ollama.capabilities import capabilities
from arriero.models.ollama.refusals import RECOMMENDED_MODEL, Asked
from arriero.models.residency import full_name
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
    from arriero.models.ollama.client import NativeClient

_CLIENT_MODULE = "arriero.models.ollama.client"
_VERSION_TIMEOUT = 5.0

_log = logging.getLogger(__name__)


class OllamaProvider:
    """Talks to one Ollama server through the ollama package's client.

    `timeout` is in seconds: how long an answer that has begun may be silent, and how long a
    listing may take. `retries` says how often a request that failed before its answer is repeated.
    An `api_key` is sent as a bearer token. `models` are the only ones to use; empty: all of them.
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
        self._client: LazyClient[NativeClient] = LazyClient(
            _CLIENT_MODULE,
            lambda module: module.NativeClient(
                name,
                self._base_url,
                api_key=api_key,
                timeout=timeout,
                retries=retries,
                ca_file=ca_file,
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
        """Stream one answer. Closing the iterator closes the HTTP connection at once."""
        async with aclosing(await self.batches(request)) as batches:
            async for batch in batches:
                for chunk in batch:
                    yield chunk

    async def batches(self, request: ChatRequest) -> AsyncGenerator[Batch, None]:
        """Return one answer's stream, with those chunks together that came together."""

        async def explained(error: ModelError) -> ModelError:
            if isinstance(error, ModelNotFound):
                return await self._with_names(error, request.model)
            return error

        reader = wire.AnswerReader(call_ids(request.messages))
        client = await self._client.get()
        return client.batches("/api/chat", wire.chat_body(request), reader, explained)

    async def models(self) -> list[ModelInfo]:
        """List the installed models in the server's order: the newest first."""
        answer = await self._fetch("/api/tags")
        listed = (
            ModelInfo(
                name=str(entry.get("name") or entry.get("model") or ""),
                digest=str(entry.get("digest") or ""),
                size=number(entry.get("size")),
                parameter_size=str(an_object(entry.get("details")).get("parameter_size") or ""),
                quantization=str(an_object(entry.get("details")).get("quantization_level") or ""),
            )
            for entry in objects(answer.get("models"))
        )
        return [one for one in listed if self._offers(one.name)]

    async def show(self, model: str) -> ModelDetails:
        """Describe one model; raises `ModelNotFound`."""
        if not self._offers(model):
            raise ModelNotFound(not_offered(self._name, model, self._models))
        try:
            answer = await self._fetch("/api/show", {"model": model})
        except ModelNotFound as error:
            raise await self._with_names(error, model) from error
        details, info = an_object(answer.get("details")), an_object(answer.get("model_info"))
        architecture = info.get("general.architecture") or details.get("family") or ""
        return ModelDetails(
            name=model,
            capabilities=capabilities(answer),
            family=str(details.get("family") or ""),
            parameter_size=str(details.get("parameter_size") or ""),
            quantization=str(details.get("quantization_level") or ""),
            trained_window=number(info.get(f"{architecture}.context_length")) or None,
            configured_window=_configured_window(str(answer.get("parameters") or "")),
            template=str(answer.get("template") or ""),
            cache_bytes_per_token=cache_bytes_per_token(info),
            fingerprint=_fingerprint(answer),
        )

    async def loaded(self) -> list[LoadedModel]:
        """List the models in memory with their real windows."""
        answer = await self._fetch("/api/ps")
        return [
            LoadedModel(
                name=str(entry.get("name") or entry.get("model") or ""),
                size=number(entry.get("size")),
                size_vram=number(entry.get("size_vram")),
                window=number(entry.get("context_length")),
                expires_at=str(entry.get("expires_at") or ""),
            )
            for entry in objects(answer.get("models"))
        ]

    async def count_tokens(self, request: ChatRequest) -> int | None:  # noqa: ARG002 - the seam's
        """Return None: Ollama has no route that counts."""
        return None

    async def embed(
        self,
        model: str,
        texts: Sequence[str],
        runner: RunnerOptions,
        dimensions: int | None = None,
    ) -> Vectors:
        """Return a vector for each text; see `Embedder`."""
        if not texts:
            return Vectors()
        client = await self._client.get()
        body = wire.embed_body(model, texts, runner, dimensions)
        try:
            answer = await client.fetch("POST", "/api/embed", body, timeout=None)
        except ModelNotFound as error:
            raise await self._with_names(error, model) from error
        except WindowExceeded as error:
            raise WindowExceeded(text_too_long(model), cause=error.cause) from error
        found = vectors(answer.get("embeddings"), len(texts))
        if found is None:
            raise refusals.not_ollama(self._asked(model), repr(answer)[:500])
        return Vectors(found, number(answer.get("prompt_eval_count")) or None)

    def can_fill(self, details: ModelDetails) -> bool:
        """Tell whether the model's template has a place for what stands after."""
        return "insert" in details.capabilities

    async def fill(self, request: FillRequest) -> AsyncGenerator[Chunk, None]:
        """Stream what belongs between two texts; see `Filler`."""
        client = await self._client.get()
        answer = client.batches("/api/generate", wire.fill_body(request), wire.FillReader())
        async with aclosing(answer) as batches:
            async for batch in batches:
                for chunk in batch:
                    yield chunk

    def remedy(self) -> str:
        """Return how to get a model: the end of a sentence."""
        return f"fetch one with `ollama pull {RECOMMENDED_MODEL}`"

    async def version(self) -> str:
        """Ask for the server's version: the cheapest proof that it answers."""
        answer = await self._fetch("/api/version", seconds=_VERSION_TIMEOUT)
        version = answer.get("version")
        if not isinstance(version, str):
            raise refusals.not_ollama(self._asked(), repr(answer)[:500])
        return version

    async def pull(self, model: str) -> AsyncGenerator[PullProgress, None]:
        """Fetch a model from Ollama's library, and tell of the progress."""
        succeeded = False
        client = await self._client.get()
        try:
            answer = client.batches("/api/pull", {"model": model}, wire.PullReader())
            async with aclosing(answer) as batches:
                async for batch in batches:
                    for progress in batch:
                        succeeded = progress.status == "success"
                        yield progress
        except (StreamBroken, CallUnreadable) as error:
            # The registry's refusal comes as a line of the stream: "… file does not exist".
            raise ModelError(
                f"Ollama could not fetch {model} ({error.cause}): check its name at "
                "https://ollama.com/library, and the connection.",
                cause=error.cause,
            ) from error
        if not succeeded:
            raise ModelError(f"Fetching {model} stopped in the middle: run `ollama pull {model}`.")

    async def aclose(self) -> None:
        """Close idle connections."""
        client = self._client.take()
        if client is not None:
            await client.aclose()

    def _asked(self, model: str = "") -> Asked:
        return Asked(self._name, self._base_url, model)

    async def _fetch(
        self, path: str, body: Mapping[str, Any] | None = None, *, seconds: float | None = None
    ) -> dict[str, Any]:
        client = await self._client.get()
        method = "GET" if body is None else "POST"
        return await client.fetch(method, path, body, timeout=seconds or self._timeout)

    def _offers(self, model: str) -> bool:
        return not self._models or full_name(model) in map(full_name, self._models)

    async def _with_names(self, error: ModelNotFound, model: str) -> ModelNotFound:
        """Add the names of the models that are there, if the server tells them."""
        try:
            names = [info.name.removesuffix(":latest") for info in await self.models()]
        except ModelError as failed:
            _log.info("the models cannot be listed: %s", failed.cause)
            return error
        if not names:
            return error
        return ModelNotFound(
            f"Ollama has no model {model}: fetch it with `ollama pull {model}`, or choose one that "
            f"is there: {some_names(names, model)}.",
            cause=error.cause,
        )


def _configured_window(parameters: str) -> int | None:
    """Read `num_ctx` from the text of a Modelfile's parameters."""
    found = re.search(r"^num_ctx\s+(\d+)\s*$", parameters, re.MULTILINE)
    return int(found.group(1)) if found else None


def _fingerprint(answer: Mapping[str, Any]) -> str:
    """Return a digest of what describes a model; its Modelfile names the digest of the weights."""
    told = [answer.get(key) for key in ("modelfile", "details", "model_info")]
    if not told[0]:
        return ""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
