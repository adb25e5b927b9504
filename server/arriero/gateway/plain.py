"""Paths that answer with one JSON object and no stream: lists of models, vectors, counts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.types import Receive, Scope, Send

from arriero.gateway import faults
from arriero.gateway.body import ClientGone
from arriero.gateway.dialect import Refused
from arriero.gateway.endpoints.serving import Counted
from arriero.gateway.exchange import Exchange
from arriero.gateway.gateway import Gateway
from arriero.gateway.leaving import until_gone
from arriero.gateway.refusals import refuse
from arriero.gateway.served import ServedModels
from arriero.models.errors import ModelError
from arriero.models.types import Usage

Answer = Mapping[str, Any] | Counted
# Given what the path or the body says, and the models; raises `Refused` and ModelError.
OfName = Callable[[str, ServedModels], Awaitable[Answer]]
OfBody = Callable[[Mapping[str, Any], ServedModels], Awaitable[Answer]]

log = logging.getLogger(__name__)


class PlainEndpoint:
    """An ASGI application for one path: `of_body` reads a POST, `of_name` the path's last part."""

    def __init__(
        self,
        gateway: Gateway,
        name: str,
        *,
        of_body: OfBody | None = None,
        of_name: OfName | None = None,
    ) -> None:
        self._gateway = gateway
        self._name = name
        self._of_body = of_body
        self._of_name = of_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send)
        with self._gateway.metrics.request(self._name) as record:
            try:
                key = await self._gateway.admit(exchange.headers)
                work = await self._work(scope, exchange)

                async def answer() -> None:
                    told, usage = await work, None
                    if isinstance(told, Counted):
                        record.model(told.model)
                        usage = Usage(prompt_tokens=told.tokens)
                        # Before it is sent: its client cannot leave without having paid.
                        await self._gateway.limiter.spent(key, told.tokens)
                        told = told.body
                    await exchange.json(200, told)
                    record.finished(200, usage)

                await until_gone(exchange.gone, answer())
            except ClientGone:
                record.finished("cut")
            except (Refused, ModelError) as error:
                refused = faults.refused(error) if isinstance(error, ModelError) else error
                log.info("%s: %s", self._name, refused)
                record.finished(await refuse(exchange, scope["path"], refused))
            except asyncio.CancelledError:  # by the server alone, which ends with this request
                record.finished(await refuse(exchange, scope["path"], faults.ending()))
            except Exception:
                log.exception("a request of %s failed", self._name)
                told = Refused("failed", "This failed inside Arriero; its log has more.")
                record.finished(await refuse(exchange, scope["path"], told))

    async def _work(self, scope: Scope, exchange: Exchange) -> Awaitable[Answer]:
        gateway = self._gateway
        most = gateway.own.max_body_mb * 1_000_000
        if self._of_body is not None:
            body = await gateway.intake.read(exchange.headers, exchange.receive, most, dict)
            return self._of_body(body, gateway.models)
        assert self._of_name is not None
        return self._of_name(scope.get("path_params", {}).get("name", ""), gateway.models)
