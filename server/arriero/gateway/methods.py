"""Our own paths where no route of ours answers: they are nobody else's to answer."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from arriero.gateway.dialect import Refused
from arriero.gateway.exchange import Exchange
from arriero.gateway.gateway import Gateway
from arriero.gateway.refusals import refusal, refuse

_STATUS = 405


class OtherMethods:
    """An ASGI application: refuses what `routes` answer with other methods, else is `others`."""

    def __init__(self, gateway: Gateway, routes: Sequence[BaseRoute], others: ASGIApp) -> None:
        self._gateway = gateway
        self._routes = [route for route in routes if isinstance(route, Route)]
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        allowed = sorted(
            {
                method
                for route in self._routes
                if route.matches(scope)[0] is Match.PARTIAL
                for method in route.methods or ()
            }
        )
        if not allowed:
            await self._others(scope, receive, send)
            return
        told = f"{scope['path']} takes no {scope['method']}: use {' or '.join(allowed)}."
        with self._gateway.metrics.request("refused") as record:
            _, body = refusal(scope["path"], Refused("invalid", told, parameter="method"))
            record.finished(_STATUS)
            allow = ((b"allow", ", ".join(allowed).encode()),)
            await Exchange(scope, receive, send).json(_STATUS, body, allow)


class NotThere:
    """An ASGI application for a path of ours at which there is nothing; `told` says why."""

    def __init__(self, gateway: Gateway, told: str) -> None:
        self._gateway = gateway
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refused = Refused("not_found", f"{scope['path']} is not there: {self._told}")
        with self._gateway.metrics.request("refused") as record:
            exchange = Exchange(scope, receive, send)
            record.finished(await refuse(exchange, scope["path"], refused))
