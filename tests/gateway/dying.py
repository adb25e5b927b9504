"""A process that dies in the middle of a request; by itself, so that it can be started anywhere."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from arriero.gateway.conversations import Conversations, Shelf
from arriero.gateway.keys import ANYBODY
from arriero.gateway.redis_client import RedisLink
from arriero.gateway.redis_shelf import RedisShelf
from arriero.gateway.sqlite_shelf import SqliteShelf
from arriero.models.types import Message

HELLO, HI = Message("user", "Hello"), Message("assistant", "Hi", thinking="polite")


def take_and_die(path: str, url: str | None, lease: float) -> None:
    """Hold the session `s`, keep two messages in it, and die as by SIGKILL."""

    async def work() -> None:
        shelf: Shelf = SqliteShelf(Path(path)) if url is None else RedisShelf(RedisLink(url))
        async with Conversations(shelf, lease=lease).hold(ANYBODY, "s") as held:
            await held.keep([HELLO, HI])
            os.kill(os.getpid(), 9)

    asyncio.run(work())
