"""Errors in the form of the interface to which a path belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.gateway import faults
from arriero.gateway.dialect import Dialect, Refused
from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.dialects.ollama_chat import OLLAMA_CHAT
from arriero.gateway.exchange import Exchange

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


async def refuse(exchange: Exchange, path: str, refused: Refused) -> int:
    """Send an error, unless an answer has begun: that just ends. Return the status."""
    status, body = refusal(path, refused)
    if not exchange.begun:
        await exchange.json(status, body, faults.retry_headers(refused))
    return status
