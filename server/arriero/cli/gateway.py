"""Serving the gateway in the foreground: in this process, or by several that share an address."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from arriero.cli.ending import end_in_time
from arriero.cli.event_loop import LoopChoice, run
from arriero.cli.failure import DONE, Failure
from arriero.cli.interrupt import ending_signals
from arriero.cli.surroundings import Surroundings, find_surroundings
from arriero.daemon.descriptors import allow_more_descriptors
from arriero.daemon.heap import keep_few_heaps
from arriero.daemon.hub import Hub
from arriero.daemon.threads import Threads
from arriero.gateway.certificate import CannotServe
from arriero.gateway.gateway import Start
from arriero.gateway.opening import address, check_state, listen, opened
from arriero.gateway.opening import serve as serve_app
from arriero.gateway.pages.access import dashboard_link
from arriero.observe.log import log_to_stderr
from arriero.sessions.schema import NewerDatabase
from arriero.settings.paths import cache_dir, state_dir

# The number of a descriptor, from the parent of several workers.
SOCKET_VARIABLE = "ARRIERO_GATEWAY_SOCKET"
# Another one: of a pipe whose other end only that parent has.
PARENT_VARIABLE = "ARRIERO_GATEWAY_PARENT"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What the command line says; `given` are settings."""

    folder: str | None
    given: Mapping[str, Any]
    api_key: str | None
    workers: int = 1
    reload: bool = False
    loop: LoopChoice = "auto"


def serve(options: Options) -> int:
    """Serve until interrupted; raises SettingsError, Failure."""
    surroundings = find_surroundings(options.folder, options.given)
    log_to_stderr(surroundings.loaded.settings.log_level)
    allow_more_descriptors()  # a stream has two connections
    keep_few_heaps()
    for notice in surroundings.loaded.notices:
        click.echo(f"arriero: {notice}", err=True)
    by_workers = options.workers > 1 or options.reload
    try:
        if SOCKET_VARIABLE not in os.environ:
            _check_folders(surroundings)
            check_state()
        if by_workers and SOCKET_VARIABLE not in os.environ:
            from arriero.cli.gateway_workers import supervise

            asyncio.run(supervise(start_of(options, surroundings), options.workers, options.reload))
            return DONE
        run(_serve(start_of(options, surroundings)), options.loop)
    except (CannotServe, NewerDatabase) as error:
        raise Failure(str(error)) from error
    return DONE


def _check_folders(surroundings: Surroundings) -> None:
    """Say which allowed folders are not there; raises Failure for one that was just typed.

    One of the settings may come later, such as a disk that is not mounted yet.
    """
    typed = (surroundings.given.get("gateway") or {}).get("allowed_dirs", ())
    for folder in surroundings.loaded.settings.gateway.allowed_dirs:
        if Path(folder).is_dir():
            continue
        if folder in typed:
            raise Failure(f"{folder} is not a folder; name one that is, with --allowed-dirs.")
        click.echo(f"arriero: {folder} of gateway.allowed_dirs is not a folder now.", err=True)


def start_of(options: Options, surroundings: Surroundings) -> Start:
    """Return with what the gateway begins."""
    return Start(
        surroundings.loaded.settings,
        surroundings.folder,
        surroundings.given,
        options.api_key,
        apart=True,
    )


async def _serve(start: Start) -> None:
    own = start.settings.gateway
    asyncio.get_running_loop().set_default_executor(Threads())
    hub = Hub(state_dir(), cache_dir())
    await hub.open()
    try:
        async with opened(hub, start) as app:
            with hub.stops.watching():
                listening = inherited() or listen(own)
                serving = asyncio.ensure_future(serve_app(app, own, listening))

                def end() -> None:
                    serving.cancel()
                    end_in_time()

                for number in ending_signals():
                    asyncio.get_running_loop().add_signal_handler(number, end)
                _end_with_parent(end)
                if SOCKET_VARIABLE not in os.environ:
                    say_where(address(own, listening), start)
                gc.collect()
                gc.freeze()  # to look through all that was imported takes 40 ms of a stream's time
                await asyncio.wait((serving,))
                if not serving.cancelled():
                    serving.result()
    finally:
        await hub.close()


def inherited() -> socket.socket | None:
    """Return the socket that a parent listens at, for one of several workers."""
    number = os.environ.get(SOCKET_VARIABLE)
    if number is None:
        return None
    made = socket.socket(fileno=int(number))
    made.setblocking(False)
    return made


def _end_with_parent(end: Callable[[], None]) -> None:
    """Call `end` when the parent of several workers is gone: nobody else would end this one.

    The system closes the parent's end of the pipe then, however it was killed.
    """
    number = os.environ.get(PARENT_VARIABLE)
    if number is None:
        return
    loop, pipe = asyncio.get_running_loop(), int(number)

    def gone() -> None:
        loop.remove_reader(pipe)
        log.warning("the parent of this worker is gone: it ends too")
        end()

    loop.add_reader(pipe, gone)


def say_where(url: str, start: Start) -> None:
    """Say on the terminal where the gateway is."""
    settings = start.settings
    click.echo(
        f"Serving {settings.provider} at {url} (OpenAI and Anthropic: {url}/v1), "
        f"with tools in {start.folder}. Ctrl-C ends it.",
        err=True,
    )
    click.echo(f"Dashboard: {dashboard_link(url, state_dir())}", err=True)
