"""Errors in the form of the interface to which a path belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.gateway.dialect import Dialect, Refused
from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.dialects.ollama_chat import OLLAMA_CHAT

# The first that a path begins with decides.
_INTERFACES: tuple[tuple[str, Dialect], ...] = (
    ("/v1/messages", MESSAGES),
    ("/api/", OLLAMA_CHAT),
    ("/", CHAT),
)


def refusal(path: str, refused: Refused) -> tuple[int, Mapping[str, Any]]:
    """Return status and body of an error."""
    dialect = next(one for prefix, one in _INTERFACES if path.startswith(prefix) or prefix == "/")
    return dialect.refusal(refused)
