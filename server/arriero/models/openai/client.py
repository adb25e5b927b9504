"""The openai package's client, held to one server, one key and our errors.

Importing this module takes most of a second; `provider` does it on first use.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
from openai import APIConnectionError, APIStatusError, AsyncOpenAI
from openai._types import RequestOptions  # the package does not export its options

from arriero.models.addresses import is_loopback
from arriero.models.openai import classify, refusals
from arriero.models.openai.refusals import Asked
from arriero.models.redirects import redirected
from arriero.models.response_text import bounded_text
from arriero.models.trust import trusted

_CONNECT_TIMEOUT = 5.0
_WRITE_TIMEOUT = 60.0


class CompatibleClient(AsyncOpenAI):
    """Asks one server for all that is not streamed, and raises `ModelError`s.

    `timeout` counts seconds for the text of a refusal. Streams are `streaming`'s.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout: float = 120.0,
        ca_file: str | None = None,
    ) -> None:
        limits = httpx.Timeout(connect=_CONNECT_TIMEOUT, read=None, write=_WRITE_TIMEOUT, pool=None)
        trust = trusted(provider, base_url, ca_file)
        super().__init__(
            base_url=base_url,
            api_key=api_key or "none",
            timeout=limits,
            max_retries=0,
            # A proxy of the environment cannot reach this machine's own loopback.
            http_client=httpx.AsyncClient(
                trust_env=not is_loopback(base_url),
                verify=trust or True,
                timeout=limits,
                event_hooks={"response": [_refusal_reader(timeout)]},
            ),
        )
        # The package takes these from the environment for any address; they belong to another.
        self.organization = self.project = self.webhook_secret = self.admin_api_key = None
        self._custom_headers = {}
        self.api_key = api_key or ""

    @property
    def auth_headers(self) -> dict[str, str]:
        """The provider's own key, and no header where it has none."""
        return {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}

    def _validate_headers(self, headers: object, custom_headers: object) -> None:
        """Let requests without a key pass: most local servers want none."""

    async def fetch(
        self,
        asked: Asked,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        seconds: float | None,
    ) -> Any:
        """Return the JSON that answers a GET, or a POST if there is a body.

        `path` may be a whole address; `seconds` None is no limit.
        """
        limits: RequestOptions = {"timeout": httpx.Timeout(seconds, connect=_CONNECT_TIMEOUT)}
        try:
            if body is None:
                response = await self.get(path, cast_to=httpx.Response, options=limits)
            else:
                response = await self.post(
                    path, cast_to=httpx.Response, body=dict(body), options=limits
                )
        except UnicodeEncodeError:
            # The package cannot write half of a character, as texts have that a client cut.
            mended = await asyncio.to_thread(_mended, body or {})
            return await self.fetch(asked, path, mended, seconds=seconds)
        except APIStatusError as error:
            raise _refused(asked, path, error) from error
        except APIConnectionError as error:
            cause = error.__cause__
            if isinstance(cause, _Refusal):
                raise classify.refusal(asked, cause.status, cause.text) from error
            raise refusals.unreachable(asked, cause) from error
        try:
            return response.json()
        except ValueError as error:
            raise refusals.not_compatible(asked, response.text[:500]) from error


def _mended(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body with a question mark for each half of a character."""
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace").decode()
    mended: dict[str, Any] = json.loads(text)
    return mended


class _Refusal(Exception):
    """An answer with an error status, and its text as far as it came."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status)
        self.status = status
        self.text = text


def _refusal_reader(seconds: float) -> Callable[[httpx.Response], Awaitable[None]]:
    """Return a hook that reads refusals itself: the package waits for their end for ever."""

    async def read(response: httpx.Response) -> None:
        if response.is_error:
            raise _Refusal(response.status_code, await bounded_text(response, seconds))

    return read


def _refused(asked: Asked, path: str, error: APIStatusError) -> Exception:
    location = error.response.headers.get("location")
    told = redirected(asked.provider, asked.base_url, path, error.status_code, location)
    return told or classify.refusal(asked, error.status_code, error.response.text)
