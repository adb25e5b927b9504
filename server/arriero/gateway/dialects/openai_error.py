"""Errors as OpenAI's interfaces write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.gateway.dialect import Fault, Refused

# The status, the type, and the code where clients look at it.
_FORMS: Mapping[Fault, tuple[int, str, str | None]] = {
    "invalid": (400, "invalid_request_error", None),
    "too_long": (400, "invalid_request_error", "context_length_exceeded"),
    "unauthenticated": (401, "authentication_error", "invalid_api_key"),
    "forbidden": (403, "permission_error", None),
    "not_found": (404, "invalid_request_error", "model_not_found"),
    "slow": (408, "invalid_request_error", "request_timeout"),
    "too_large": (413, "invalid_request_error", "request_too_large"),
    "limited": (429, "rate_limit_error", "rate_limit_exceeded"),
    "failed": (500, "server_error", None),
    "upstream": (502, "server_error", "upstream_error"),
    "unavailable": (503, "server_error", "upstream_unavailable"),
    "overloaded": (503, "server_error", "server_is_overloaded"),
    "timeout": (504, "server_error", "upstream_timeout"),
}


def refusal(refused: Refused) -> tuple[int, dict[str, Any]]:
    """Return status and body of an error; the body has all of its four keys."""
    status, kind, _ = _FORMS[refused.fault]
    told = {
        "message": str(refused),
        "type": kind,
        "param": refused.parameter or None,
        "code": code(refused),
    }
    return status, {"error": told}


def code(refused: Refused) -> str | None:
    """Return the code of an error, None where it has none: what is not found may be no model."""
    if refused.fault == "not_found" and refused.parameter != "model":
        return None
    return _FORMS[refused.fault][2]
