"""Any path that is not ours goes to the provider in use, as it is, and nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable

import aiohttp
from starlette.types import Receive, Scope, Send
from yarl import URL

from arriero.gateway import faults
from arriero.gateway.body import ClientGone
from arriero.gateway.dialect import Refused
from arriero.gateway.exchange import Exchange
from arriero.gateway.gateway import Gateway
from arriero.gateway.leaving import until_gone
from arriero.gateway.refusals import refuse
from arriero.models.addresses import is_loopback
from arriero.models.errors import ModelError
from arriero.models.trust import refused as untrusted
from arriero.models.trust import trusted
from arriero.settings.provider import ProviderSettings

# Of one connection only (RFC 9110, 7.6.1), or ours to say.
_OF_THE_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
    "te", "trailer", "transfer-encoding", "upgrade", "host",
})  # fmt: skip
# What aiohttp would say of itself where the client says nothing.
_UNSAID = ("accept", "accept-encoding", "content-type", "user-agent")
# What a client proves to us is not for others, and who asks is nobody's business.
_OURS = frozenset({
    "authorization", "x-api-key", "cookie", "origin", "referer", "x-request-id", "forwarded",
})  # fmt: skip
# Cookies of one client's answer are not for the next client, and nobody sends any to a provider.
# `date` is told by our own server, and once only.
_DROPPED_ANSWERS = _OF_THE_HOP | {"content-type", "set-cookie", "date"}
# Whoever answers TRACE sends back what it got: the provider's key among it.
_REFUSED_METHODS = frozenset({"TRACE", "CONNECT"})
_OUR_PREFIXES = ("x-arriero-", "sec-fetch-", "x-forwarded-")
_CONNECT_SECONDS = 5.0

log = logging.getLogger(__name__)


class PassThrough:
    """An ASGI application for all other paths; `aclose` closes its connections."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        # With proxies and without, and by whom they trust.
        self._sessions: dict[tuple[bool, str | None], aiohttp.ClientSession] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, and its answer back."""
        exchange = Exchange(scope, receive, send)
        with self._gateway.metrics.request("passed") as record:
            try:
                key = await self._gateway.admit(exchange.headers)
                if key.tokens is not None:  # the provider may well have a path of ours under it
                    raise Refused(
                        "forbidden",
                        f"{scope['path']} is passed on uncounted, and the key {key.name} has a "
                        "limit of tokens: use a path of the gateway's own, or another key.",
                    )
                if scope["method"] in _REFUSED_METHODS:
                    why = f"{scope['method']} is not passed on."
                    raise Refused("forbidden", why, parameter="method")
                record.finished(await self._pass(exchange, scope))
            except ClientGone:
                record.finished("cut")
            except (Refused, ModelError) as error:
                told = faults.refused(error) if isinstance(error, ModelError) else error
                record.finished(await refuse(exchange, scope["path"], told))
            except asyncio.CancelledError:  # by the server alone, which ends with this request
                record.finished(await refuse(exchange, scope["path"], faults.ending()))
            except Exception:
                log.exception("%s cannot be passed on", scope["path"])
                told = Refused("failed", "This failed inside Arriero; its log has more.")
                record.finished(await refuse(exchange, scope["path"], told))

    async def aclose(self) -> None:
        """Close idle connections."""
        for session in self._sessions.values():
            await session.close()

    async def _pass(self, exchange: Exchange, scope: Scope) -> int:
        entry = self._gateway.settings.selected
        body = _Body(exchange, self._gateway.own.max_body_mb * 1_000_000)
        try:
            return await until_gone(body.left, self._answer(exchange, scope, entry, body))
        except aiohttp.ClientError as error:
            if body.problem is not None:  # which aiohttp takes for one of the connection
                raise body.problem from error
            log.info("%s cannot be passed on: %r", scope["path"], error)
            if told := untrusted(self._gateway.settings.provider, entry.base_url, error):
                raise faults.refused(told) from error
            raise Refused(
                "unavailable",
                f"The provider {self._gateway.settings.provider} does not answer at "
                f"{entry.base_url}: start its server.",
            ) from error

    async def _answer(
        self, exchange: Exchange, scope: Scope, entry: ProviderSettings, body: _Body
    ) -> int:
        """Ask the provider, and send what it answers; return the status."""
        client = await self.client(entry)
        async with client.request(
            scope["method"],
            address_of(entry, _raw_path(scope), scope["query_string"]),
            headers=_sent(scope["headers"], entry),
            data=body.pieces() if _has_body(exchange) else None,
            allow_redirects=False,
        ) as answer:
            head = [
                (name.lower(), value)
                for name, value in answer.raw_headers
                if name.decode("latin-1").lower() not in _DROPPED_ANSWERS
            ]
            media_type = answer.headers.get("content-type", "application/octet-stream")
            await exchange.begin(answer.status, media_type, head)
            async for piece in answer.content.iter_any():
                await exchange.write(piece)
            await exchange.end()
            return answer.status

    async def client(self, entry: ProviderSettings) -> aiohttp.ClientSession:
        """Return the connections to use for a provider: settings may change which one it is."""
        # A proxy of the environment cannot reach this machine's own loopback.
        proxied = not is_loopback(entry.base_url)
        tls = entry.base_url.startswith("https:")
        of_these = proxied, (entry.ca_file or "") if tls else None
        trust = None
        if tls and of_these not in self._sessions:
            name = self._gateway.settings.provider
            trust = await asyncio.to_thread(trusted, name, entry.base_url, entry.ca_file)
        if of_these not in self._sessions:
            self._sessions[of_these] = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
                auto_decompress=False,
                trust_env=proxied,
                connector=aiohttp.TCPConnector(limit=0, ssl=trust or True),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_UNSAID,
            )
        return self._sessions[of_these]


class _Body:
    """A request's body as it comes, of at most `most` bytes.

    `problem` is why it was not read to its end.
    """

    def __init__(self, exchange: Exchange, most: int) -> None:
        self.problem: ClientGone | Refused | None = None
        self._exchange = exchange
        self._most = most
        self._over = asyncio.Event()
        if not _has_body(exchange):
            self._over.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Iterate over the pieces; raises the `problem`."""
        size = 0
        while not self._over.is_set():
            message = await self._exchange.receive()
            if message["type"] == "http.disconnect":
                self.problem = ClientGone()
                raise self.problem
            piece = message.get("body", b"")
            size += len(piece)
            if size > self._most:
                why = "The body is too large: send less, or raise gateway.max_body_mb."
                self.problem = Refused("too_large", why)
                raise self.problem
            if not message.get("more_body", False):
                self._over.set()
            if piece:
                yield piece

    async def left(self) -> None:
        """Wait until the client has left, after its body: before, that is read here."""
        await self._over.wait()
        await self._exchange.gone()


def _has_body(exchange: Exchange) -> bool:
    headers = exchange.headers
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def address_of(entry: ProviderSettings, raw_path: bytes, query: bytes) -> URL:
    """Return where a path is at the provider: that of OpenAI's servers begins with their own.

    Raises `Refused` for a path that could lead anywhere else.
    """
    path = raw_path.decode("latin-1")
    base = URL(entry.base_url)
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        raise _wrong_path()
    if base.path == "/v1" and path.startswith("/v1/"):
        base = base.origin()
    text = str(base).rstrip("/") + path
    try:
        made = URL(f"{text}?{query.decode('latin-1')}" if query else text, encoded=True)
    except ValueError as error:
        raise _wrong_path() from error
    # However a path is written, it stays at the provider and below its address.
    if made.origin() != base.origin() or ".." in made.path.split("/") or made.user is not None:
        raise _wrong_path()
    return made


def _wrong_path() -> Refused:
    return Refused("invalid", "The path of the request is none.", parameter="path")


def _sent(headers: Iterable[tuple[bytes, bytes]], entry: ProviderSettings) -> list[tuple[str, str]]:
    named = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
    listed = {
        one.strip().lower()
        for name, value in named
        if name == "connection"
        for one in value.split(",")
    }
    dropped = _OF_THE_HOP | _OURS | listed
    if any(name == "transfer-encoding" for name, _ in named):
        dropped |= {"content-length"}  # the other one counts (RFC 9112, 6.3)
    sent = [
        (name, value)
        for name, value in named
        if name not in dropped and not name.startswith(_OUR_PREFIXES)
    ]
    return [*sent, ("authorization", f"Bearer {entry.api_key}")] if entry.api_key else sent


def _raw_path(scope: Scope) -> bytes:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    return path.partition(b"?")[0]
