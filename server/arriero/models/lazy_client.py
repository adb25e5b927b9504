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

    async def get(self) -> Client:
        """Return the client; it is made in a thread, as to read certificates takes 20 ms too."""
        if self._made is None:
            made = await asyncio.to_thread(lambda: self._make(late_import(self._module)))
            if self._made is None:  # another request may have been faster
                self._made = made
        return self._made

    def take(self) -> Client | None:
        """Return the client to close it, None if there is none; the next use makes another."""
        made, self._made = self._made, None
        return made
