"""A client whose module is imported on first use: that takes up to a second."""

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
        """Return the client; the module is imported in a thread."""
        if self._made is None:
            module = await asyncio.to_thread(late_import, self._module)
            if self._made is None:  # another request may have been faster
                self._made = self._make(module)
        return self._made

    def take(self) -> Client | None:
        """Return the client to close it, None if there is none; the next use makes another."""
        made, self._made = self._made, None
        return made
