"""Our own paths, asked with another method than theirs: they are nobody else's to answer."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from arriero.gateway.dialect import Refused
from arriero.gateway.exchange import Exchange
from arriero.gateway.gateway import Gateway
from arriero.gateway.refusals import refusal

_STATUS = 405


class OtherMethods:
    """An ASGI application that refuses; `method` is the one to use."""

    def __init__(self, gateway: Gateway, method: str) -> None:
        self._gateway = gateway
        self._method = method

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        told = f"{scope['path']} takes no {scope['method']}: use {self._method}."
        with self._gateway.metrics.request("refused") as record:
            _, body = refusal(scope["path"], Refused("invalid", told, parameter="method"))
            record.finished(_STATUS)
            allow = ((b"allow", self._method.encode()),)
            await Exchange(scope, receive, send).json(_STATUS, body, allow)
