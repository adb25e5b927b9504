"""What ACP's `initialize` answers; no more is imported for it than it takes to say so."""

from __future__ import annotations

from typing import Any

from arriero import __version__

PROTOCOL_VERSION = 1


def initialize_answer() -> dict[str, Any]:
    """Return what ACP's own `initialize` answers; JSON, so that it costs no import."""
    return {
        "protocolVersion": PROTOCOL_VERSION,
        "agentInfo": {"name": "arriero", "title": "Arriero", "version": __version__},
        "agentCapabilities": {
            "loadSession": True,
            "promptCapabilities": {"image": True, "audio": False, "embeddedContext": True},
            "mcpCapabilities": {"http": False, "sse": False},
            "sessionCapabilities": {"list": {}},
        },
        "authMethods": [],
    }
