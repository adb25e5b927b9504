"""What the gateway tells of itself: `/health` to whoever watches it, `/metrics` to Prometheus."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send

from arriero.gateway import faults
from arriero.gateway.dialect import Refused
from arriero.gateway.exchange import Exchange
from arriero.gateway.gateway import Gateway
from arriero.gateway.metrics import CONTENT_TYPE
from arriero.gateway.refusals import refuse

_DOWN = 503  # a balancer asks another gateway then


class HealthEndpoint:
    """`GET /health`: whoever watches a service has no key, and is told no more than how it is.

    With a key, or where none is asked for, the state of each part is told too. The status is 503
    where sessions cannot be kept here, as another gateway may do better then.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send)
        try:
            state = await self._gateway.health.state()
        except asyncio.CancelledError:  # by the server alone, which ends with this request
            await refuse(exchange, scope["path"], faults.ending())
            return
        status = _DOWN if state["status"] == "down" else 200
        try:
            self._gateway.keys.check(exchange.headers)
        except Refused:
            state = {name: state[name] for name in ("status", "version")}
        await exchange.json(status, state)


class MetricsEndpoint:
    """`GET /metrics`: behind the key when one is set."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send)
        try:
            self._gateway.keys.check(exchange.headers)
        except Refused as refused:
            await refuse(exchange, scope["path"], refused)
            return
        told = await asyncio.to_thread(self._gateway.metrics.exposition)
        await exchange.whole(200, told, CONTENT_TYPE)
