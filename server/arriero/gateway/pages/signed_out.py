"""The sign-ins that a person ended before their time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path


class SignedOut:
    """Remembers them as empty files in the state folder, which all processes of a gateway share.

    A sign-in that is over by itself is forgotten. `clock` tells Unix seconds.
    """

    def __init__(self, state: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = state / "signed-out"
        self._clock = clock

    async def add(self, sign_in: str, until: int) -> None:
        """Remember a sign-in, which would be over at `until`; raises OSError."""
        await asyncio.to_thread(self._add, f"{until}-{sign_in}")

    async def has(self, sign_in: str, until: int) -> bool:
        """Tell whether a sign-in was ended."""
        return await asyncio.to_thread((self._folder / f"{until}-{sign_in}").exists)

    def _add(self, name: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / name).touch(mode=0o600)
        for one in self._folder.iterdir():
            until = one.name.partition("-")[0]
            if until.isdecimal() and int(until) < self._clock():
                one.unlink(missing_ok=True)
