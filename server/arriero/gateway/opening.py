"""Opening a gateway and listening: what `arriero serve`, its workers and the daemon all do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import uvicorn

from arriero.daemon.hub import Hub
from arriero.gateway import certificate
from arriero.gateway.app import App
from arriero.gateway.certificate import CannotServe
from arriero.gateway.conversations import Conversations, Shelf
from arriero.gateway.gateway import Gateway, Start
from arriero.gateway.guard import demands_key
from arriero.gateway.heads import GuardedHttp
from arriero.gateway.keys import Keys
from arriero.gateway.limits import Limiter, LocalLimiter
from arriero.gateway.pages.access import dashboard_secret
from arriero.gateway.pages.desk import Desk, make_desk
from arriero.gateway.pages.routes import routes
from arriero.gateway.redis_client import RedisLink, RedisMissing
from arriero.gateway.redis_limits import RedisLimiter
from arriero.gateway.redis_shelf import RedisShelf
from arriero.gateway.reloading import Reloading
from arriero.gateway.sqlite_shelf import SqliteShelf
from arriero.settings.api_keys import read_key
from arriero.settings.gateway import GatewaySettings
from arriero.settings.layers import LoadedSettings, load_settings
from arriero.settings.model import Settings
from arriero.settings.paths import state_dir

_LAST_SECONDS = 5  # for answers that go on when the gateway ends
_BACKLOG = 2048

log = logging.getLogger(__name__)


def check(start: Start) -> str:
    """Return what clients will not like of how the gateway is set; raises CannotServe.

    Nothing is opened: the parent of several workers asks before it begins them.
    """
    own = start.settings.gateway
    keys = Keys(map(read_key, own.keys), clear=start.clear_key)
    if problem := demands_key(own, keys.names):
        raise CannotServe(problem)
    _kept(own)
    return certificate.check(own)


def problem_of(start: Start, settings: Settings) -> str:
    """Return why a gateway could not begin with other settings, empty if it could; reads files."""
    own = settings.gateway
    # The port of the gateway that asks is taken by itself.
    port = 0 if own.port == start.settings.gateway.port else own.port
    try:
        check(replace(start, settings=settings))
        listen(own.model_copy(update={"port": port})).close()
    except CannotServe as error:
        return str(error)
    if settings.workspace and not Path(settings.workspace).is_dir():
        return f"{settings.workspace} is not a folder: set workspace to one that is."
    return ""


@asynccontextmanager
async def opened(hub: Hub, start: Start) -> AsyncIterator[App]:
    """Have a gateway over a hub that is open; raises CannotServe."""
    own = start.settings.gateway
    if problem := await asyncio.to_thread(check, start):
        log.warning("%s", problem)
    shelf, limiter = _kept(own)
    gateway = Gateway(hub, start, limiter=limiter, conversations=Conversations(shelf))
    load = partial(load_settings, workspace=Path(start.folder), command_line=start.given)
    desk = _desk(gateway, load)
    reloading = Reloading(load, lambda: gateway.settings, gateway.use)
    app = App(gateway, routes(desk))
    reloading.begin()
    try:
        yield app
    finally:
        await reloading.aclose()
        await app.aclose()
        await desk.aclose()
        await gateway.aclose()


def _desk(gateway: Gateway, load: Callable[[], LoadedSettings]) -> Desk:
    """Return what the dashboard knows of the gateway; raises CannotServe."""
    try:
        return make_desk(
            gateway.hub,
            gateway.health,
            gateway.metrics,
            keys=lambda: gateway.keys,
            load=load,
            use=gateway.use,
            problem=partial(problem_of, gateway.start),
            state=state_dir(),
        )
    except OSError as error:
        raise _no_state(error) from error


def check_state() -> None:
    """Raise CannotServe where the state folder cannot be written."""
    try:
        dashboard_secret(state_dir())
    except OSError as error:
        raise _no_state(error) from error


def _no_state(error: OSError) -> CannotServe:
    return CannotServe(
        f"The folder {state_dir()} cannot be used ({error.strerror or error}): make it writable, "
        "or set XDG_STATE_HOME to a folder that is."
    )


def listen(own: GatewaySettings) -> socket.socket:
    """Take the address; raises CannotServe."""
    family = socket.AF_INET6 if ":" in own.host else socket.AF_INET
    # With its protocol named, or asyncio would not have small pieces sent at once.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((own.host, own.port))
        made.listen(_BACKLOG)
    except (OSError, ValueError) as error:  # the latter for what cannot be a name at all
        made.close()
        reason = getattr(error, "strerror", None) or error
        raise CannotServe(
            f"The gateway cannot listen at {own.host}:{own.port} ({reason}): "
            "choose another address with --host and --port."
        ) from error
    made.setblocking(False)
    made.set_inheritable(True)
    return made


def address(own: GatewaySettings, listening: socket.socket) -> str:
    """Return where clients find the gateway."""
    host, port = listening.getsockname()[:2]
    scheme = "https" if own.tls_certificate else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def configuration(app: App, own: GatewaySettings) -> uvicorn.Config:
    """Return how uvicorn serves the gateway."""
    return uvicorn.Config(
        app,
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,  # the application reads them
        http=GuardedHttp,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=_LAST_SECONDS,
        backlog=_BACKLOG,
        ssl_certfile=own.tls_certificate,
        ssl_keyfile=own.tls_key,
    )


class Serving(uvicorn.Server):
    """uvicorn without its own way with signals: whoever serves decides what ends it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    def stop(self) -> None:
        """End soon: answers that go on have a few seconds."""
        self.should_exit = True


async def serve(app: App, own: GatewaySettings, listening: socket.socket) -> None:
    """Serve until cancelled."""
    server = Serving(configuration(app, own))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(task)
    finally:
        server.stop()
        await asyncio.wait((task,))


def _kept(own: GatewaySettings) -> tuple[Shelf, Limiter]:
    """Return where conversations and limits are kept: with Redis several gateways share them."""
    url = own.redis_address
    if not url:
        shelf = SqliteShelf(state_dir() / "conversations.db", days=own.session_days)
        return shelf, LocalLimiter(own.rate_limit)
    try:
        link = RedisLink(url)
    except RedisMissing as error:
        raise CannotServe(f"{error}") from error
    except ValueError as error:
        raise CannotServe(
            "gateway.redis_url must be an address such as redis://127.0.0.1:6379/0."
        ) from error
    return RedisShelf(link, days=own.session_days), RedisLimiter(link, own.rate_limit)


@asynccontextmanager
async def beside(hub: Hub, start: Start) -> AsyncIterator[None]:
    """Serve while inside, beside what else the hub is for; a failure to begin is only logged."""
    async with AsyncExitStack() as stack:
        try:
            app = await stack.enter_async_context(opened(hub, start))
            listening = listen(start.settings.gateway)
            serving = asyncio.create_task(serve(app, start.settings.gateway, listening))
        except CannotServe as error:
            log.error("the gateway is not served: %s", error)  # noqa: TRY400 - a sentence, no fault
        else:
            stack.push_async_callback(_ended, serving)
            log.info("the gateway serves at %s", address(start.settings.gateway, listening))
        yield


async def _ended(serving: asyncio.Task[None]) -> None:
    serving.cancel()
    await asyncio.wait((serving,))
    if not serving.cancelled() and (error := serving.exception()) is not None:
        log.error("the gateway ended: %r", error)
