"""The editor's open documents, as the workspace sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Buffer:
    """One open document at one moment. `text` has the document's own line ends."""

    path: str
    text: str
    version: int | None
    language: str = ""


class Buffers(Protocol):
    """A live look at the open documents; safe to call from any thread."""

    def get(self, path: str) -> Buffer | None:
        """Return the open document at an absolute canonical path."""

    def all(self) -> Iterable[Buffer]:
        """Return all open documents."""


class NoBuffers:
    """For a door without open documents."""

    def get(self, path: str) -> Buffer | None:  # noqa: ARG002 - the seam's signature
        return None

    def all(self) -> Iterable[Buffer]:
        return ()
