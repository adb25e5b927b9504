"""Anthropic's messages (`POST /v1/messages`).

Facts: Anthropic's API reference, and the models of its Python package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.gateway.asked import Asked
from arriero.gateway.dialect import Dialect, Encoder, Fault, Identity, Refused
from arriero.gateway.dialects.messages_answer import MessagesEncoder
from arriero.gateway.dialects.messages_asked import read_messages

_STATUS: Mapping[Fault, tuple[int, str]] = {
    "invalid": (400, "invalid_request_error"),
    "too_long": (400, "invalid_request_error"),
    "unauthenticated": (401, "authentication_error"),
    "forbidden": (403, "permission_error"),
    "not_found": (404, "not_found_error"),
    "slow": (408, "timeout_error"),
    "too_large": (413, "request_too_large"),
    "limited": (429, "rate_limit_error"),
    "failed": (500, "api_error"),
    "upstream": (502, "api_error"),
    "unavailable": (503, "api_error"),
    "overloaded": (529, "overloaded_error"),
    "timeout": (504, "timeout_error"),
}


class Messages:
    """The dialect of Claude Code, and of whatever uses Anthropic's packages."""

    name = "messages"
    media_type = "text/event-stream"

    def read(self, body: Mapping[str, Any]) -> Asked:
        """Read a request; raises `Refused` with the field that is wrong."""
        return read_messages(body)

    def encoder(self, asked: Asked, identity: Identity) -> Encoder:
        """Return what writes the answer to a request."""
        return MessagesEncoder(identity, thinking=bool(asked.think), error=self.error)

    def refusal(self, refused: Refused) -> tuple[int, Mapping[str, Any]]:
        """Return status and body of an error."""
        return _STATUS[refused.fault][0], self.error(refused)

    @staticmethod
    def error(refused: Refused) -> Mapping[str, Any]:
        """Return the body of an error, which is also what ends a stream that broke off.

        Claude Code knows a prompt that is too long by the words in front.
        """
        said = str(refused)
        message = f"prompt is too long: {said}" if refused.fault == "too_long" else said
        error: dict[str, Any] = {"type": _STATUS[refused.fault][1], "message": message}
        if refused.details is not None:
            error["details"] = refused.details
        return {"type": "error", "error": error}


MESSAGES: Dialect = Messages()
