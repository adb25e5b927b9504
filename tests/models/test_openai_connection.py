"""Which keys, headers and proxies are used, and what a first use costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from arriero.models.addresses import is_loopback
from models.openai_chatting import collect, talking, text
from models.openai_server import Turn

GOOD = Turn([{"content": "a"}])


@pytest.mark.parametrize("key", [None, "secret"])
async def test_only_the_providers_own_key_is_sent(
    monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    for variable in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{variable}", "for another server")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: for another server")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    async with talking(api_key=key) as (server, provider):
        server.say(GOOD)
        await collect(provider)
        await provider.show("any")
        paths = {request.path for request in server.requests}
        headers = [request.headers for request in server.requests]
    assert paths == {"/v1/chat/completions", "/v1/models", "/props"}
    for sent in headers:
        assert sent.get("authorization") == (f"Bearer {key}" if key else None)
        assert "for another server" not in sent.values()


async def test_a_proxy_of_the_environment_is_not_used_for_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # nobody listens there
    async with talking() as (server, provider):
        server.say(GOOD)
        assert text(await collect(provider)) == "a"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://127.8.8.8", True),
        ("http://LOCALHOST/v1", True),
        ("http://a.localhost", True),
        ("http://[::1]:5/v1", True),
        ("http://10.0.0.1", False),
        ("https://example.com/v1", False),
        ("http://localhost.evil.example", False),
    ],
)
def test_what_is_loopback(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


def test_the_package_is_imported_on_first_use_only() -> None:
    code = (
        "import sys; from arriero.models.registry import make_provider; "
        "from arriero.settings.provider import READY_PROVIDERS; "
        "make_provider('vllm', READY_PROVIDERS['vllm']); "
        "sys.exit('openai' in sys.modules or 'httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0
