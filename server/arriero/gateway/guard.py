"""Keeps away what no program of the user sends: web pages, and names that point here by a trick.

A page in the user's browser can send requests to this machine, and a name of its own can be made
to stand for 127.0.0.1 (DNS rebinding); neither can lie about `Host`, `Origin` and
`Sec-Fetch-Site`. https://fetch.spec.whatwg.org/#http-origin, https://w3c.github.io/webappsec-fetch-metadata/
"""

from __future__ import annotations

import functools
import ipaddress
import random
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arriero.gateway.dialect import Refused
from arriero.gateway.exchange import Exchange, headers_of
from arriero.settings.gateway import GatewaySettings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SAME_SITE = frozenset({"", "none", "same-origin"})
_REQUEST_ID = re.compile(r"[!-~]{1,200}")
_MISDIRECTED = 421

Refusal = Callable[[str, Refused], tuple[int, Mapping[str, Any]]]


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen at is reached from this machine alone."""
    if host.lower() == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    return False


class Guard:
    """An ASGI application around another; `refusal` writes errors in the form of a path's dialect.

    Each answer has `X-Request-Id`: the client's own, or a new one.
    """

    def __init__(self, app: ASGIApp, own: GatewaySettings, refusal: Refusal) -> None:
        self._app = app
        self._hosts = frozenset({*LOOPBACK, own.host.lower(), *own.allowed_hosts})
        # Whoever listens everywhere is reached by addresses that are not known here. No trick
        # with names is possible with an address.
        self._any_address = not is_loopback(own.host)
        self._origins = frozenset(own.allowed_origins)
        self._refusal = refusal

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Let a request pass, or refuse it."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        headers = headers_of(scope)
        request_id = headers.get("x-request-id", "")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = f"req_{random.getrandbits(96):024x}"
        origin = headers.get("origin", "")
        allowed = origin in self._origins
        ours = {b"x-request-id": request_id.encode("latin-1")}
        if allowed:
            ours[b"access-control-allow-origin"] = origin.encode("latin-1")
            ours[b"vary"] = b"Origin"

        def marked(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                others = [one for one in message.get("headers", ()) if one[0] not in ours]
                message["headers"] = [*others, *ours.items()]
            return send(message)

        problem = self._problem(scope, headers, origin, allowed)
        if problem is not None:
            status, body = self._refusal(scope["path"], problem[1])
            return Exchange(scope, receive, marked).json(problem[0] or status, body)
        if allowed and scope["method"] == "OPTIONS":
            return Exchange(scope, receive, marked).whole(204, b"", "text/plain", _PREFLIGHT)
        return self._app(scope, receive, marked)

    def _problem(
        self, scope: Scope, headers: Mapping[str, str], origin: str, allowed: bool
    ) -> tuple[int, Refused] | None:
        """Return why a request must not pass, with its status where that is not the fault's."""
        host = headers.get("host", "")
        given = scope["headers"]
        # Of headers that came twice the last one is in `headers`; few requests have any.
        if len(given) != len(headers) and sum(name == b"host" for name, _ in given) > 1:
            told = "A request has one Host header: send it once."
            return 0, Refused("invalid", told, parameter="Host")
        if not self._is_ours(host):
            told = "This gateway is not known by that name: add it to gateway.allowed_hosts."
            return _MISDIRECTED, Refused("forbidden", told, parameter="Host")
        if allowed:
            return None
        if origin and origin != f"{scope['scheme']}://{host}":
            told = "Web pages may not ask here: add the origin to gateway.allowed_origins."
            return 0, Refused("forbidden", told, parameter="Origin")
        if headers.get("sec-fetch-site", "") not in _SAME_SITE:
            told = "Web pages of other sites may not ask here."
            return 0, Refused("forbidden", told, parameter="Sec-Fetch-Site")
        return None

    def _is_ours(self, host: str) -> bool:
        name = _name(host)
        if name in self._hosts:
            return True
        if not self._any_address:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"*, authorization"),
    (b"access-control-max-age", b"600"),
)


@functools.lru_cache(maxsize=32)  # a gateway is called by few names
def _name(host: str) -> str:
    """Return the name in a `Host` header, without its port; empty for what is none."""
    if host.startswith("["):
        name, bracket, rest = host[1:].partition("]")
        return name.lower() if bracket and _is_port(rest) else ""
    name, colon, port = host.partition(":")
    return name.lower() if _is_port(colon + port) else ""


def _is_port(text: str) -> bool:
    return not text or (text.startswith(":") and text[1:].isascii() and text[1:].isdigit())


def demands_key(own: GatewaySettings, keys: Collection[str]) -> str:
    """Return why a gateway must not begin as it is set, empty if it may."""
    if is_loopback(own.host) or keys:
        return ""
    return (
        f"Others could use your models at {own.host}: set a key with --api-key, or make one for "
        "the settings with `arriero keys new NAME`; or listen at 127.0.0.1."
    )
