"""A client that is made on first use: to import its module takes up to a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import ModuleType
from typing import Generic, TypeVar

from arriero.late_import import late_import

Client = TypeVar("Client")


class LazyClient(Generic[Client]):
    """Makes one client on first use; `make` is given the imported module."""

    def __init__(self, module: str, make: Callable[[ModuleType], Client]) -> None:
        self._module = module
        self._make = make
        self._made: Client | None = None
        self._making = asyncio.Lock()

    async def get(self) -> Client:
        """Return the client; it is made in a thread, as to read certificates takes 20 ms too."""
        if self._made is not None:
            return self._made
        async with self._making:  # many may ask at once, and nobody would close a second one
            made = self._made
            if made is None:
                made = await asyncio.to_thread(lambda: self._make(late_import(self._module)))
                self._made = made
            return made

    def take(self) -> Client | None:
        """Return the client to close it, None if there is none; the next use makes another."""
        made, self._made = self._made, None
        return made
