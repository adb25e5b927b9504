"""The composition root: where the daemon is put together from its parts.

`main` is the shared daemon, `standalone` serves one editor on stdio in this process, `tcp` serves
editors on a port. All of them serve connections in the same way.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from arriero import __version__
from arriero.cli.ending import end_in_time
from arriero.cli.failure import Failure
from arriero.daemon.descriptors import allow_more_descriptors
from arriero.daemon.endpoint import EndpointRefused, default_endpoint
from arriero.daemon.heap import keep_few_heaps
from arriero.daemon.hub import Hub
from arriero.daemon.instance import AlreadyRunning
from arriero.daemon.server import Daemon
from arriero.daemon.threads import Threads
from arriero.observe.log import log_to_file, log_to_stderr
from arriero.settings.errors import SettingsError
from arriero.settings.layers import load_settings
from arriero.settings.model import Settings
from arriero.settings.paths import cache_dir, home, state_dir

log = logging.getLogger(__name__)

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def main() -> int:
    """Serve the endpoint until idle, stopped or terminated; return the exit code."""
    return _run("daemon", _serve_endpoint)


def standalone() -> int:
    """Serve the editor on stdin and stdout, without the shared daemon."""
    return _run("standalone", _serve_stdio)


def tcp(host: str, port: int) -> int:
    """Serve editors on a loopback port until terminated; there is no guard but the address."""
    if host not in _LOOPBACK:
        raise Failure(
            f"Editors are served on this machine only; use 127.0.0.1:{port} and a tunnel "
            "if the editor runs elsewhere."
        )
    return _run("tcp", lambda _, hub: _serve_tcp(hub, host, port))


Serving = Callable[[Settings, Hub], Awaitable[None]]


def _run(kind: str, serving: Serving) -> int:
    settings, problem = _settings()
    try:
        log_to_file(state_dir(), settings.log_level)
    except OSError as error:  # it works all the same, and says so to the editors
        log_to_stderr(settings.log_level)
        log.warning("the log cannot be written: %s", error)
    allow_more_descriptors()
    keep_few_heaps()
    log.info("arriero %s: %s begins, process %d", __version__, kind, os.getpid())
    if problem:
        log.warning("the settings were not read: %s", problem)
    try:
        asyncio.run(_opened(settings, serving))
    except (AlreadyRunning, EndpointRefused) as error:
        log.error("%s", error)  # noqa: TRY400 - a sentence, not a fault
        print(error, file=sys.stderr)
        return 1
    return 0


def _settings() -> tuple[Settings, str]:
    """Return the user's settings for the process itself; a mistake in them is told per editor."""
    try:
        return load_settings().settings, ""
    except SettingsError as error:
        return Settings(), str(error)


async def _opened(settings: Settings, serving: Serving) -> None:
    asyncio.get_running_loop().set_default_executor(Threads())
    hub = Hub(state_dir(), cache_dir())
    ending = asyncio.ensure_future(_end_in_time(hub))
    threading.Thread(target=_warm, name="arriero-warm", daemon=True).start()
    await serving(settings, hub)
    ending.cancel()


async def _end_in_time(hub: Hub) -> None:
    """When the daemon ends, see that the process does, though a network folder never answers."""
    await hub.stopping.wait()
    end_in_time()


def _warm() -> None:
    """Import what the first connection would wait for, and keep it out of the collector's way."""
    from arriero.acp import door as acp
    from arriero.observe import secrets
    from arriero.rpc.converter import prewarm

    prewarm()
    acp.warm()
    secrets.load()
    gc.collect()
    gc.freeze()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hub: Hub) -> None:
    from arriero.acp import door as acp
    from arriero.lsp.connection import serve_connection

    await serve_connection(reader, writer, hub, (acp.register,))


async def _serve_endpoint(settings: Settings, hub: Hub) -> None:
    if not settings.gateway.enabled:
        daemon = Daemon(hub, _serve, idle_timeout=settings.daemon.idle_timeout)
    else:  # programs may ask at any time: it stays
        daemon = Daemon(hub, _serve, idle_timeout=0, beside=lambda: _gateway(settings, hub))
    await daemon.run(default_endpoint())


def _gateway(settings: Settings, hub: Hub) -> AbstractAsyncContextManager[None]:
    """Serve the gateway too; it is not imported where nobody wants it."""
    from arriero.gateway.gateway import Start
    from arriero.gateway.opening import beside

    folder = os.path.realpath(settings.workspace or home())
    return beside(hub, Start(settings, folder, {}))


async def _serve_stdio(_: Settings, hub: Hub) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    # Duplicates, so that a stray print or a library cannot write into the protocol.
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), incoming)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, outgoing)
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    daemon = Daemon(hub, _serve, idle_timeout=0)
    await daemon.run_one(reader, writer)


async def _serve_tcp(hub: Hub, host: str, port: int) -> None:
    daemon = Daemon(hub, _serve, idle_timeout=0)

    def listening(port: int) -> None:
        print(f"Serving editors on {host}:{port}", file=sys.stderr)

    await daemon.run_tcp(host, port, listening)
