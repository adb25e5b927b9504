"""The gateway as an ASGI application: which path is answered by what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

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
from arriero.gateway.gateway import Gateway
from arriero.gateway.guard import Guard
from arriero.gateway.methods import OtherMethods
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


class App:
    """The whole application; `aclose` closes its own connections, not the gateway."""

    def __init__(self, gateway: Gateway, more: Sequence[BaseRoute] = ()) -> None:
        """`more` are further routes, such as those of the pages for people."""
        self._passed = PassThrough(gateway)
        routes: list[BaseRoute] = [
            *(
                Route(path, AnswerEndpoint(gateway, dialect), methods=["POST"])
                for path, dialect in DIALECTS.items()
            ),
            *(
                Route(path, PlainEndpoint(gateway, path, of_body=function), methods=["POST"])
                for path, function in OF_BODY.items()
            ),
            *(
                Route(path, PlainEndpoint(gateway, path, of_name=function), methods=["GET"])
                for path, function in OF_NAME.items()
            ),
            Route("/health", HealthEndpoint(gateway), methods=["GET"]),
            *(
                [Route("/metrics", MetricsEndpoint(gateway), methods=["GET"])]
                if gateway.own.metrics
                else []
            ),
            *(
                Route(path, OtherMethods(gateway, method))
                for method, paths in (("POST", (*DIALECTS, *OF_BODY)), ("GET", OF_NAME))
                for path in paths
            ),
            *more,
            Route("/{path:path}", self._passed),
        ]
        self._app = Guard(Router(routes=routes, redirect_slashes=False), gateway.own, refusal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    async def aclose(self) -> None:
        """Close idle connections."""
        await self._passed.aclose()
