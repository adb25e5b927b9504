"""`OllamaProvider`: Ollama behind the `Provider` seam."""

from __future__ import annotations

import asyncio
import importlib
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from arriero.models.errors import ModelError, ModelNotFound, StreamBroken
from arriero.models.ollama import refusals, wire
from arriero.models.ollama.refusals import Asked
from arriero.models.types import (
    ChatRequest,
    Chunk,
    LoadedModel,
    ModelDetails,
    ModelInfo,
    PullProgress,
)

if TYPE_CHECKING:
    from arriero.models.ollama.client import NativeClient

_CLIENT_MODULE = "arriero.models.ollama.client"
_VERSION_TIMEOUT = 5.0
_NAMES_SHOWN = 8

_log = logging.getLogger(__name__)


class OllamaProvider:
    """Talks to one Ollama server through the ollama package's client.

    `timeout` is in seconds: how long an answer that has begun may be silent, and how long a
    listing may take. `retries` says how often a request that failed before its answer is repeated.
    An `api_key` is sent as a bearer token.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        timeout: float = 120.0,
        retries: int = 2,
        api_key: str | None = None,
    ) -> None:
        self._name = name
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._retries = retries
        self._api_key = api_key
        self._client_made: NativeClient | None = None

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
        reader = wire.AnswerReader(wire.call_ids(request.messages))
        try:
            client = await self._client()
            async with aclosing(client.chat_lines(wire.chat_fields(request))) as lines:
                async for line in lines:
                    for chunk in reader.read(line):
                        yield chunk
        except ModelNotFound as error:
            raise await self._with_names(error, request.model) from error
        if reader.finished is None:
            asked = Asked(self._name, self._base_url, request.model)
            raise refusals.broken(asked, "the stream ended without its last line")
        yield reader.finished

    async def models(self) -> list[ModelInfo]:
        """List the installed models in the server's order: the newest first."""
        answer = await self._fetch("/api/tags")
        return [
            ModelInfo(
                name=str(entry.get("name") or entry.get("model") or ""),
                digest=str(entry.get("digest") or ""),
                size=_number(entry.get("size")),
                parameter_size=str(_object(entry.get("details")).get("parameter_size") or ""),
                quantization=str(_object(entry.get("details")).get("quantization_level") or ""),
            )
            for entry in _objects(answer.get("models"))
        ]

    async def show(self, model: str) -> ModelDetails:
        """Describe one model; raises `ModelNotFound`."""
        try:
            answer = await self._fetch("/api/show", {"model": model})
        except ModelNotFound as error:
            raise await self._with_names(error, model) from error
        details, info = _object(answer.get("details")), _object(answer.get("model_info"))
        architecture = info.get("general.architecture") or details.get("family") or ""
        return ModelDetails(
            name=model,
            capabilities=frozenset(str(one) for one in answer.get("capabilities") or ()),
            family=str(details.get("family") or ""),
            parameter_size=str(details.get("parameter_size") or ""),
            quantization=str(details.get("quantization_level") or ""),
            trained_window=_number(info.get(f"{architecture}.context_length")) or None,
            configured_window=_configured_window(str(answer.get("parameters") or "")),
            template=str(answer.get("template") or ""),
        )

    async def loaded(self) -> list[LoadedModel]:
        """List the models in memory with their real windows."""
        answer = await self._fetch("/api/ps")
        return [
            LoadedModel(
                name=str(entry.get("name") or entry.get("model") or ""),
                size=_number(entry.get("size")),
                size_vram=_number(entry.get("size_vram")),
                window=_number(entry.get("context_length")),
                expires_at=str(entry.get("expires_at") or ""),
            )
            for entry in _objects(answer.get("models"))
        ]

    async def version(self) -> str:
        """Ask for the server's version: the cheapest proof that it answers."""
        answer = await self._fetch("/api/version", seconds=_VERSION_TIMEOUT)
        version = answer.get("version")
        if not isinstance(version, str):
            raise refusals.not_ollama(Asked(self._name, self._base_url), repr(answer)[:500])
        return version

    async def pull(self, model: str) -> AsyncIterator[PullProgress]:
        """Fetch a model from Ollama's library, and tell of the progress."""
        succeeded = False
        client = await self._client()
        try:
            async with aclosing(client.lines("/api/pull", {"model": model})) as lines:
                async for line in lines:
                    status = str(line.get("status") or "")
                    succeeded = status == "success"
                    yield PullProgress(
                        status, _number(line.get("completed")), _number(line.get("total"))
                    )
        except StreamBroken as error:
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
        client, self._client_made = self._client_made, None
        if client is not None:
            await client.aclose()

    async def _client(self) -> NativeClient:
        if self._client_made is not None:
            return self._client_made
        # In a thread because of its cost: see the package's docstring.
        module = await asyncio.to_thread(importlib.import_module, _CLIENT_MODULE)
        if self._client_made is None:  # another request may have been faster
            self._client_made = module.NativeClient(
                self._name,
                self._base_url,
                api_key=self._api_key,
                timeout=self._timeout,
                retries=self._retries,
            )
        return self._client_made

    async def _fetch(
        self, path: str, body: Mapping[str, Any] | None = None, *, seconds: float | None = None
    ) -> dict[str, Any]:
        client = await self._client()
        method = "GET" if body is None else "POST"
        return await client.fetch(method, path, body, timeout=seconds or self._timeout)

    async def _with_names(self, error: ModelNotFound, model: str) -> ModelNotFound:
        """Add the names of the models that are there, if the server tells them."""
        try:
            names = [info.name.removesuffix(":latest") for info in await self.models()]
        except ModelError as failed:
            _log.info("the models cannot be listed: %s", failed.cause)
            return error
        if not names:
            return error
        shown = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
        return ModelNotFound(
            f"Ollama has no model {model}: fetch it with `ollama pull {model}`, or choose one that "
            f"is there: {shown}.",
            cause=error.cause,
        )


def _configured_window(parameters: str) -> int | None:
    """Read `num_ctx` from the text of a Modelfile's parameters."""
    found = re.search(r"^num_ctx\s+(\d+)\s*$", parameters, re.MULTILINE)
    return int(found.group(1)) if found else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
