"""The gateway as an ASGI application: which path is answered by what."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from arriero.gateway.dialect import Dialect
from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.completions import COMPLETIONS
from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.dialects.ollama_chat import OLLAMA_CHAT
from arriero.gateway.dialects.ollama_generate import OLLAMA_GENERATE
from arriero.gateway.dialects.responses import RESPONSES
from arriero.gateway.endpoint import AnswerEndpoint
from arriero.gateway.endpoints.counting import count_tokens
from arriero.gateway.endpoints.embeddings import embed, embed_one, embeddings
from arriero.gateway.endpoints.listing import list_models, one_model
from arriero.gateway.endpoints.ollama_listing import loaded, show, tags, version
from arriero.gateway.exchange import headers_of
from arriero.gateway.gateway import Gateway
from arriero.gateway.guard import Guard
from arriero.gateway.methods import NotThere, OtherMethods
from arriero.gateway.passthrough import PassThrough
from arriero.gateway.plain import OfBody, OfName, PlainEndpoint
from arriero.gateway.refusals import refusal
from arriero.gateway.state import HealthEndpoint, MetricsEndpoint

DIALECTS: Mapping[str, Dialect] = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": RESPONSES,
    "/v1/completions": COMPLETIONS,
    "/v1/messages": MESSAGES,
    "/api/chat": OLLAMA_CHAT,
    "/api/generate": OLLAMA_GENERATE,
}
OF_NAME: Mapping[str, OfName] = {
    "/v1/models": list_models,
    "/v1/models/{name:path}": one_model,
    "/api/tags": tags,
    "/api/ps": loaded,
    "/api/version": version,
}
OF_BODY: Mapping[str, OfBody] = {
    "/v1/embeddings": embeddings,
    "/v1/messages/count_tokens": count_tokens,
    "/api/embed": embed,
    "/api/embeddings": embed_one,
    "/api/show": show,
}


async def _there(_: Request) -> Response:
    """Answer what Ollama's own client asks before anything else, without a key."""
    return Response()


_FORWARDED = frozenset({"x-forwarded-proto", "x-forwarded-for"})


class App:
    """The whole application; `aclose` closes its own connections, not the gateway."""

    def __init__(self, gateway: Gateway, more: Sequence[BaseRoute] = ()) -> None:
        """`more` are further routes, such as those of the pages for people."""
        self._passed = PassThrough(gateway)
        answers = {path: AnswerEndpoint(gateway, dialect) for path, dialect in DIALECTS.items()}
        own = gateway.own
        routes: list[BaseRoute] = [
            *(Route(path, endpoint, methods=["POST"]) for path, endpoint in answers.items()),
            *(
                Route(path, PlainEndpoint(gateway, path, of_body=function), methods=["POST"])
                for path, function in OF_BODY.items()
            ),
            *(
                Route(path, PlainEndpoint(gateway, path, of_name=function), methods=["GET"])
                for path, function in OF_NAME.items()
            ),
            Route("/", _there, methods=["HEAD"]),
            Route("/health", HealthEndpoint(gateway), methods=["GET"]),
            *(
                [Route("/metrics", MetricsEndpoint(gateway), methods=["GET"])]
                if own.metrics
                else ()
            ),
            *more,
        ]
        no_page = NotThere(gateway, "the dashboard begins at /.")
        # What has no route of its own, but is not for the provider either.
        nowhere = [
            Route("/dashboard", no_page),
            Route("/dashboard/{path:path}", no_page),
            Route("/metrics", NotThere(gateway, "set gateway.metrics to have it.")),
        ]
        passed = Router(routes=nowhere, redirect_slashes=False, default=self._passed)
        rest = OtherMethods(gateway, routes, passed)
        others = Router(routes=[*routes, Route("/{path:path}", rest)], redirect_slashes=False)

        def routed(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            # What is asked for most is found by its path; and each coroutine around an answer is
            # gone through for each of its pieces.
            answer = answers.get(scope["path"]) if scope.get("method") == "POST" else None
            return (others if answer is None else answer)(scope, receive, send)

        self._app = Guard(routed, gateway.own, refusal)
        # As uvicorn has it for every request, of which few have come through a proxy.
        trusted = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
        self._behind_proxy = ProxyHeadersMiddleware(cast("Any", self._app), trusted)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        if _FORWARDED.isdisjoint(headers_of(scope)):
            return self._app(scope, receive, send)
        return self._behind_proxy(cast("Any", scope), cast("Any", receive), cast("Any", send))

    async def aclose(self) -> None:
        """Close idle connections."""
        await self._passed.aclose()
