"""Errors have each dialect's own body and status."""

from __future__ import annotations

from typing import Any, get_args

import httpx
import pytest

from arriero.gateway.dialect import Dialect, Fault, Refused
from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.completions import COMPLETIONS
from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.dialects.ollama_chat import OLLAMA_CHAT
from arriero.gateway.dialects.ollama_generate import OLLAMA_GENERATE
from arriero.gateway.dialects.responses import RESPONSES

DIALECTS = [CHAT, RESPONSES, COMPLETIONS, MESSAGES, OLLAMA_CHAT, OLLAMA_GENERATE]
FAULTS: tuple[Fault, ...] = get_args(Fault)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_a_body(dialect: Dialect, fault: Fault) -> None:
    status, body = dialect.refusal(Refused(fault, "Do this.", parameter="model"))
    assert 400 <= status < 600
    error: Any = body["error"]
    if dialect in (OLLAMA_CHAT, OLLAMA_GENERATE):
        assert error == "Do this."
    elif dialect is MESSAGES:
        assert body["type"] == "error"
        assert "Do this." in error["message"]
    else:
        assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("invalid", "BadRequestError"),
        ("unauthenticated", "AuthenticationError"),
        ("forbidden", "PermissionDeniedError"),
        ("not_found", "NotFoundError"),
        ("limited", "RateLimitError"),
        ("failed", "InternalServerError"),
    ],
)
def test_openai_knows_them(fault: Fault, kind: str) -> None:
    import openai  # with anthropic's 2 s, which other tests collect without

    client = openai.OpenAI(api_key="k", base_url="http://127.0.0.1:1", max_retries=0)
    response: Any = _response(CHAT, fault)
    error = client._make_status_error_from_response(response)
    assert type(error) is getattr(openai, kind)
    assert error.body == CHAT.refusal(Refused(fault, "Do this.", parameter="model"))[1]["error"]


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("invalid", 400, "invalid_request_error"),
        ("unauthenticated", 401, "authentication_error"),
        ("forbidden", 403, "permission_error"),
        ("not_found", 404, "not_found_error"),
        ("limited", 429, "rate_limit_error"),
        ("failed", 500, "api_error"),
        ("overloaded", 529, "overloaded_error"),
    ],
)
def test_anthropic_knows_them(fault: Fault, status: int, kind: str) -> None:
    import anthropic

    client = anthropic.Anthropic(api_key="k", base_url="http://127.0.0.1:1", max_retries=0)
    response: Any = _response(MESSAGES, fault)  # either of two packages that are alike
    error = client._make_status_error_from_response(response)
    assert error.status_code == status
    assert error.body == {"type": "error", "error": {"type": kind, "message": "Do this."}}


def test_a_prompt_that_is_too_long_is_known_by_its_words() -> None:
    """Codex looks for the code, Claude Code for the words: both shorten the conversation then."""
    refused = Refused("too_long", "9 of 8 tokens.")
    assert RESPONSES.refusal(refused)[1]["error"]["code"] == "context_length_exceeded"
    assert MESSAGES.refusal(refused)[1]["error"]["message"].startswith("prompt is too long")


def test_a_path_is_no_model() -> None:
    assert CHAT.refusal(Refused("not_found", "No."))[1]["error"]["code"] is None


def _response(dialect: Dialect, fault: Fault) -> httpx.Response:
    status, body = dialect.refusal(Refused(fault, "Do this.", parameter="model"))
    request = httpx.Request("POST", "http://127.0.0.1:1/v1")
    return httpx.Response(status, json=dict(body), request=request)
