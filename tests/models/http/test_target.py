"""Which requests go by this project's own client, and which by aiohttp."""

from __future__ import annotations

import pytest

from arriero.models.http.target import target

PROXIES = ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("url", "place", "asked", "host"),
    [
        ("http://127.0.0.1:11434/api/chat", ("127.0.0.1", 11434), "/api/chat", "127.0.0.1:11434"),
        ("http://localhost/v1/x?y=%20", ("localhost", 80), "/v1/x?y=%20", "localhost"),
        ("http://[::1]:8080", ("::1", 8080), "/", "[::1]:8080"),
        ("http://ollama_1.lan:1/a", ("ollama_1.lan", 1), "/a", "ollama_1.lan:1"),
        ("HTTP://box:1/a", ("box", 1), "/a", "box:1"),
    ],
)
def test_plain(url: str, place: tuple[str, int], asked: str, host: str) -> None:
    found = target(url, {})
    assert found is not None
    assert found.place == place
    assert found.head.startswith(f"POST {asked} HTTP/1.1\r\nhost: {host}\r\n".encode())


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/api",
        "http://user:key@127.0.0.1/api",
        "http://büro.example/api",
        "http://127.0.0.1/ä",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/a\r\nx: y",
        "http://127.0.0.1:70000/",
        "http://127.0.0.1#x",
        "http://[fe80::1%eth0]/",
        "http://",
        "",
    ],
)
def test_left_to_aiohttp(url: str) -> None:
    assert target(url, {}) is None


@pytest.mark.parametrize("value", ["a\r\nb: c", "ä", "a\x00"])
def test_headers_that_are_none(value: str) -> None:
    assert target("http://127.0.0.1/", {"authorization": value}) is None


def test_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "near.lan")
    found = {
        host: target(f"http://{host}/", {}) is not None
        for host in ("far.lan", "near.lan", "127.0.0.1", "localhost", "[::1]")
    }
    assert found == {"far.lan": False, **dict.fromkeys([*found][1:], True)}
