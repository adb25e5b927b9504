"""A client whose module is imported on first use: that takes up to a second."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Generic, TypeVar

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
            module = await asyncio.to_thread(importlib.import_module, self._module)
            if self._made is None:  # another request may have been faster
                self._made = self._make(module)
        return self._made

    def take(self) -> Client | None:
        """Return the client to close it, None if there is none; the next use makes another."""
        made, self._made = self._made, None
        return made
