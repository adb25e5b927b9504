"""Conversations that the gateway keeps for its clients, by `X-Arriero-Session`.

One request at a time works in a session, in whatever process: it holds a lock, which is a lease
that is renewed while it works. A process that dies loses it after `LEASE` seconds, and one that
lost it can store nothing more. Where they are kept is a `Shelf`: SQLite on one machine, Redis for
several.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from arriero.gateway import message_codec
from arriero.gateway.dialect import Refused
from arriero.models.types import Message
from arriero.settings.api_keys import ApiKey
from arriero.within import within

log = logging.getLogger(__name__)

LEASE = 15.0  # seconds
PATIENCE = 600.0  # seconds that a request waits for the one before it
MOST_CHARACTERS = 64 << 20
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.25  # seconds between two looks at a lock
_NAME = re.compile(r"[!-~]{1,200}")


class ShelfFailed(Exception):
    """What keeps the conversations does not answer; the text is a sentence for the person."""


class Shelf(Protocol):
    """Keeps texts by key, and locks. Every method may raise `ShelfFailed`. Leases are seconds.

    `kind` is what keeps them, as `/health` names it.
    """

    kind: str

    async def lock(self, key: str, token: str, lease: float) -> bool:
        """Take the lock of a key; False while another token has it."""

    async def renew(self, key: str, token: str, lease: float) -> bool:
        """Go on holding it; False when another has it, or nobody."""

    async def unlock(self, key: str, token: str) -> None:
        """Give it back, if it is still this token's."""

    async def read(self, key: str) -> str | None:
        """Return what is kept."""

    async def write(self, key: str, token: str, text: str) -> bool:
        """Keep a text while the token has the lock; False when it has not."""

    async def count(self) -> int:
        """Return how many texts are kept."""

    async def check(self) -> None:
        """Return if it can read and write."""

    async def aclose(self) -> None:
        """Let go of what it holds."""


class Held:
    """A session while one request works in it; `messages` are those that were kept."""

    def __init__(self, shelf: Shelf, key: str, token: str, messages: tuple[Message, ...]) -> None:
        self.messages = messages
        self._shelf = shelf
        self._key = key
        self._token = token

    async def keep(self, messages: Sequence[Message]) -> None:
        """Keep the whole conversation; raises `Refused` where that cannot be."""
        text = await asyncio.to_thread(message_codec.encode, messages)
        if len(text) > MOST_CHARACTERS:
            raise Refused(
                "too_large", "This session is larger than 64 MB; begin a new one with another name."
            )
        try:
            kept = await self._shelf.write(self._key, self._token, text)
        except ShelfFailed as error:
            raise Refused("unavailable", str(error)) from error
        if not kept:
            raise Refused(
                "failed",
                "This session was taken over by another request while this one was held up; "
                "send it again.",
            )
        self.messages = tuple(messages)


class Conversations:
    """The sessions of a gateway's clients.

    `waiting` requests wait for another one's end; `told` hears of it whenever that changes.
    """

    def __init__(self, shelf: Shelf, *, lease: float = LEASE, patience: float = PATIENCE) -> None:
        self.shelf = self._shelf = shelf
        self._lease = lease
        self._patience = patience
        self.waiting = 0
        self.told: Callable[[int], None] = lambda _: None

    @asynccontextmanager
    async def hold(self, owner: ApiKey, name: str) -> AsyncIterator[Held]:
        """Hold the session of that name, which is its owner's alone; raises `Refused`."""
        if not _NAME.fullmatch(name):
            raise Refused(
                "invalid",
                "X-Arriero-Session must be 1 to 200 visible ASCII characters.",
                parameter="X-Arriero-Session",
            )
        key, token = f"{owner.name}:{name}", secrets.token_hex(16)
        try:
            await self._take(key, token)
            ended = asyncio.Event()
            renewing = asyncio.create_task(self._renew(key, token, ended))
            try:
                yield Held(self._shelf, key, token, await self._read(key))
            finally:
                ended.set()  # what it waits for may lose the cancellation that comes as it ends
                renewing.cancel()
                with suppress(asyncio.CancelledError):
                    await renewing
                # Also when the request was cancelled: the next one must not wait for the lease.
                await asyncio.shield(self._shelf.unlock(key, token))
        except ShelfFailed as error:
            raise Refused("unavailable", str(error)) from error

    async def count(self) -> int:
        """Return how many sessions are kept; raises `ShelfFailed`."""
        return await self._shelf.count()

    async def aclose(self) -> None:
        """Let go of what keeps them."""
        await self._shelf.aclose()

    async def _take(self, key: str, token: str) -> None:
        self._waits(1)
        try:
            await within(self._taken(key, token), self._patience)
        except asyncio.TimeoutError as error:
            # A lock that was taken in the moment of the timeout is given back.
            await self._shelf.unlock(key, token)
            raise Refused(
                "overloaded",
                "An earlier request still works in this session; try again when it has ended, "
                "or use another session.",
                retry_after=self._lease,
            ) from error
        except asyncio.CancelledError:
            await asyncio.shield(self._shelf.unlock(key, token))
            raise
        finally:
            self._waits(-1)

    def _waits(self, more: int) -> None:
        self.waiting += more
        self.told(self.waiting)

    async def _taken(self, key: str, token: str) -> None:
        pause = _FIRST_PAUSE
        while not await self._shelf.lock(key, token, self._lease):
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    async def _renew(self, key: str, token: str, ended: asyncio.Event) -> None:
        while not ended.is_set():
            await asyncio.sleep(self._lease / 3)
            try:
                if not await self._shelf.renew(key, token, self._lease):
                    log.warning("the lock of a session was lost: %s", key)
                    return
            except ShelfFailed as error:
                log.warning("the lock of a session is not renewed: %s", error)

    async def _read(self, key: str) -> tuple[Message, ...]:
        text = await self._shelf.read(key)
        if text is None:
            return ()
        try:
            return await asyncio.to_thread(message_codec.decode, text)
        except ValueError as error:
            log.warning("session %s cannot be read: %s", key, error)
            raise Refused(
                "failed", "What was kept of this session cannot be read; use another session."
            ) from error
