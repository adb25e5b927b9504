"""Asking the daemon about the index of a folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from rich.progress import BarColumn, Progress, TextColumn

from arriero.cli.door import Door, open_door
from arriero.cli.failure import Failure
from arriero.cli.interrupt import run
from arriero.cli.surroundings import find_surroundings
from arriero.cli.terminal import Terminal

if TYPE_CHECKING:
    from arriero.cli.surroundings import Surroundings

T = TypeVar("T")
Json = Mapping[str, Any]

_STEP = 0.5  # seconds between two looks
_FAILED = 6  # looks in a row that find it failing: then it is not waited for


def with_door(folder: str | None, use: Callable[[Door, Surroundings], Awaitable[T]]) -> T:
    """Do something with a folder open."""
    surroundings = find_surroundings(folder)

    async def used() -> T:
        async with open_door(surroundings.folder, Terminal().say) as door:
            return await use(door, surroundings)

    return run(lambda _: used())


async def index_of(door: Door, wait: float = 0.0) -> Json:
    """Return the state of the folder's index, at once or when it is ready."""
    answer = await door.request("arriero/index", {"wait": wait} if wait else {})
    folder: Json = answer["indexes"][0]
    return folder


async def until_ready(door: Door, terminal: Terminal) -> Json:
    """Wait until the index is built, however long that takes, and show how far it is.

    Raises `Failure` where it cannot be built now, such as on a full disk.
    """
    failed = 0
    with _bar(terminal) as bar:
        task = bar.add_task("Indexing", total=None)
        while True:
            began = time.monotonic()
            state = await index_of(door, _STEP)
            if state["state"] in ("ready", "off"):
                return state
            failed = failed + 1 if state.get("failing") else 0
            if failed == _FAILED:
                raise Failure(state["message"])
            words = f"{state['done']:,} of {state['files']:,} files"
            bar.update(task, description=words, total=state["files"], completed=state["done"])
            await asyncio.sleep(max(_STEP - (time.monotonic() - began), 0))


async def until_embedded(door: Door, terminal: Terminal) -> Json:
    """Wait until every chunk has its vector, or it is clear that they cannot have them now."""
    with _bar(terminal) as bar:
        task = bar.add_task("Embedding", total=None)
        while True:
            state = await index_of(door)
            meaning = state.get("meaning")
            if meaning is None or meaning["state"] in ("ready", "failing"):
                return state
            words = f"{meaning['done']:,} of {meaning['chunks']:,} chunks"
            bar.update(task, description=words, total=meaning["chunks"], completed=meaning["done"])
            await asyncio.sleep(_STEP)


def _bar(terminal: Terminal) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn())
    return Progress(
        *columns, console=terminal.err, transient=True, disable=not terminal.is_terminal
    )
