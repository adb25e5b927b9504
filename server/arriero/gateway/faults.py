"""What went wrong behind the gateway, as the refusal that its client is told."""

from __future__ import annotations

import math
from collections.abc import Sequence

from arriero.gateway.dialect import Fault, Refused
from arriero.models.errors import (
    ChatUnsupported,
    EmbeddingUnsupported,
    FillingUnsupported,
    ModelError,
    ModelNotFound,
    NoMemory,
    PromptUnsupported,
    ProviderUnavailable,
    ServerBusy,
    StreamBroken,
    ToolsUnsupported,
    WindowExceeded,
)

# The first that fits decides.
_FAULTS: tuple[tuple[type[ModelError], Fault, str], ...] = (
    (ModelNotFound, "not_found", "model"),
    (WindowExceeded, "too_long", "messages"),
    (ToolsUnsupported, "invalid", "tools"),
    (FillingUnsupported, "invalid", "suffix"),
    (PromptUnsupported, "invalid", "raw"),
    (ChatUnsupported, "invalid", "model"),
    (EmbeddingUnsupported, "invalid", "model"),
    (ProviderUnavailable, "unavailable", ""),
    (ServerBusy, "overloaded", ""),
    (NoMemory, "overloaded", ""),
    (StreamBroken, "upstream", ""),
    (ModelError, "upstream", ""),
)
_SILENT = "idle timeout"  # the cause of a stream that was given up
_BUSY_SECONDS = 1.0


def refused(error: ModelError) -> Refused:
    """Return what a client is told of a model's error."""
    fault, parameter = next((f, p) for kind, f, p in _FAULTS if isinstance(error, kind))
    if fault == "upstream" and error.cause == _SILENT:
        fault = "timeout"
    retry_after = _BUSY_SECONDS if fault == "overloaded" else None
    return Refused(fault, str(error), parameter=parameter, retry_after=retry_after)


def ending() -> Refused:
    """Return what a client is told whose request the gateway's own end interrupts."""
    told = "The gateway is ending: ask again in a moment."
    return Refused("unavailable", told, retry_after=_BUSY_SECONDS)


def retry_headers(refused: Refused) -> Sequence[tuple[bytes, bytes]]:
    """Return the header that says when a refused request is worth another try, if ever."""
    if refused.retry_after is None:
        return ()
    return ((b"retry-after", str(max(1, math.ceil(refused.retry_after))).encode()),)
