"""Who may ask, under which names, and what is passed on."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from arriero.gateway.dialect import Refused
from arriero.gateway.guard import demands_key, is_loopback
from arriero.gateway.passthrough import address_of
from arriero.models.rehearsal import Hold, Simulator, Turn
from arriero.settings.gateway import GatewaySettings
from arriero.settings.provider import ProviderSettings
from gateway.gateway_server import Running, places, running

JSON = {"content-type": "application/json"}
BODY = b'{"model":"rehearsal","messages":[{"role":"user","content":"Hi"}]}'
BOMB = gzip.compress(b'{"model":"' + b" " * 30_000_000 + b'"}', compresslevel=1)
PATHS = {"/v1/chat/completions": "error", "/v1/messages": "type", "/api/chat": "error"}


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    places(tmp_path, monkeypatch)
    async with (
        Simulator() as simulator,
        running(
            tmp_path,
            simulator,
            inject_tools="never",
            allowed_hosts=["Models.lan:27892", "[fd00::1]"],
            allowed_origins=["HTTP://App.lan/"],
            max_body_mb=2,
        ) as made,
    ):
        yield made


HEADERS: list[tuple[dict[str, str], int]] = [
    ({}, 200),
    ({"host": "localhost:11435"}, 200),
    ({"host": "[::1]:11435"}, 200),
    ({"host": "models.lan"}, 200),
    ({"host": "[fd00::1]:80"}, 200),
    ({"host": "evil.example"}, 421),
    ({"host": "127.0.0.1.evil.example"}, 421),
    ({"host": "127.0.0.1:1@evil.example"}, 421),
    ({"host": "localhost:x"}, 421),
    ({"host": ""}, 421),
    ({"host": "192.168.0.7"}, 421),
    ({"origin": "http://app.lan"}, 200),
    ({"origin": "http://app.lan", "sec-fetch-site": "cross-site"}, 200),
    ({"origin": "http://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"host": "localhost", "origin": "http://localhost"}, 200),
    ({"host": "localhost", "origin": "http://localhost:3000"}, 403),
    ({"host": "localhost", "origin": "https://localhost"}, 403),
    ({"host": "localhost", "origin": "https://localhost", "x-forwarded-proto": "https"}, 200),
    ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
    ({"sec-fetch-site": "none"}, 200),
    ({"sec-fetch-site": "same-site"}, 403),
    ({"sec-fetch-site": "cross-site"}, 403),
]


@pytest.mark.parametrize(("headers", "status"), HEADERS, ids=str)
async def test_headers(gateway: Running, headers: dict[str, str], status: int) -> None:
    answer = await gateway.http.get("/v1/models", headers=headers)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert answer.json()["error"]["message"].endswith(".")
    allowed = answer.headers.get("access-control-allow-origin")
    assert allowed == (headers["origin"] if headers.get("origin") == "http://app.lan" else None)


async def raw(gateway: Running, *lines: str) -> bytes:
    """Return what is answered to the lines of a head."""
    host, port = gateway.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write("\r\n".join((*lines, "connection: close", "", "")).encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


@pytest.mark.parametrize("other", ["localhost", "evil.example"])
async def test_one_host_only(gateway: Running, other: str) -> None:
    """Two are nobody's request (RFC 9112, 3.2); other headers may well come twice."""
    for hosts in (("localhost", other), (other, "localhost")):
        twice = await raw(gateway, "GET /v1/models HTTP/1.1", *(f"host: {host}" for host in hosts))
        assert twice.startswith(b"HTTP/1.1 400 ")
        assert b"one Host header" in twice
    once = ("GET /v1/models HTTP/1.1", "host: localhost", "accept: a/b", "accept: c/d")
    assert (await raw(gateway, *once)).startswith(b"HTTP/1.1 200 ")


BODIES: list[tuple[str, bytes, dict[str, str], int]] = [
    ("good", BODY, {}, 200),
    ("packed", gzip.compress(BODY), {"content-encoding": "gzip"}, 200),
    ("deflated", zlib.compress(BODY), {"content-encoding": "deflate"}, 200),
    ("a bomb", BOMB, {"content-encoding": "gzip"}, 413),
    ("too large", b'{"a":"' + b"x" * 3_000_000 + b'"}', {}, 413),
    ("cut", gzip.compress(BODY)[:-12], {"content-encoding": "gzip"}, 400),
    ("not packed", BODY, {"content-encoding": "gzip"}, 400),
    ("packed in another way", BODY, {"content-encoding": "br"}, 400),
    ("not UTF-8", b'{"model":"\xff\xfe"}', {}, 400),
    ("no JSON", b"{", {}, 400),
    ("no object", b"[1]", {}, 400),
    ("nothing", b"", {}, 400),
    ("NaN", b'{"temperature":NaN}', {}, 400),
    ("too deep", b"[" * 100_000, {}, 400),
    ("large and too deep", b'{"a":' * 60_000, {}, 400),
    ("a number of many digits", b'{"seed":' + b"9" * 5000 + b"}", {}, 400),
    ("no messages", b'{"model":"rehearsal"}', {}, 400),
    ("a lone surrogate", BODY.replace(b"Hi", b"\\ud800"), {}, 200),
]


@pytest.mark.parametrize(
    ("body", "headers", "status"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES]
)
async def test_bodies(gateway: Running, body: bytes, headers: dict[str, str], status: int) -> None:
    gateway.simulator.say(Turn("ok"))
    answer = await gateway.http.post("/v1/chat/completions", content=body, headers=headers | JSON)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
        assert "sys." not in answer.text  # of Python, whom the client does not know
        assert "recursion" not in answer.text


@pytest.mark.parametrize("path", PATHS)
async def test_each_dialect_has_its_own_errors(gateway: Running, path: str) -> None:
    for body in (b"{", b"[]", b'{"model":"nobody","messages":[{"role":"user","content":"Hi"}]}'):
        answer = await gateway.http.post(path, content=body, headers=JSON)
        assert answer.status_code in (400, 404), answer.text
        assert PATHS[path] in answer.json()


async def test_request_ids(gateway: Running) -> None:
    given = await gateway.http.get("/v1/models", headers={"x-request-id": "mine-7"})
    assert given.headers["x-request-id"] == "mine-7"
    made = {(await gateway.http.get("/nothing")).headers["x-request-id"] for _ in range(2)}
    assert len(made) == 2
    odd = await gateway.http.get("/v1/models", headers={"x-request-id": "a b"})
    assert odd.headers["x-request-id"].startswith("req_")


async def test_what_is_passed_on(gateway: Running) -> None:
    answer = await gateway.http.get(
        "/api/nothing/of%2Fours?a=1&b=%20",
        headers={
            "authorization": "Bearer secret", "x-api-key": "secret", "x-arriero-session": "s",
            "connection": "close, x-mine", "x-mine": "1", "x-kept": "2",
        },
    )  # fmt: skip
    assert (answer.status_code, answer.text) == (404, "404 page not found")
    sent = gateway.simulator.requests[-1].headers
    assert sent.get("x-kept") == "2"
    assert not {"authorization", "x-api-key", "x-arriero-session", "x-mine"} & sent.keys()


ADDRESSES: list[tuple[bytes, str | None]] = [
    (b"/api/x", "http://127.0.0.1:1/api/x"),
    (b"/a%2Fb", "http://127.0.0.1:1/a%2Fb"),
    (b"/@evil.example/", "http://127.0.0.1:1/@evil.example/"),
    (b"%2F@evil.example/", None),
    (b"@evil.example/", None),
    (b".evil.example/", None),
    (b":1@evil.example/", None),
    (b"http://evil.example/", None),
    (b"//evil.example/", None),
    (b"/../x", None),
    (b"/a/%2e%2e/x", None),
    (b"/\\evil.example", None),
    (b"\\evil.example", None),
    (b"", None),
]


@pytest.mark.parametrize(("path", "expected"), ADDRESSES)
@pytest.mark.parametrize("version", ["", "/v1"])
def test_no_path_leads_elsewhere(path: bytes, expected: str | None, version: str) -> None:
    kind = "openai" if version else "ollama"
    entry = ProviderSettings.model_validate(
        {"kind": kind, "base_url": f"http://127.0.0.1:1{version}"}
    )
    if expected is None:
        with pytest.raises(Refused):
            address_of(entry, path, b"")
    else:
        wanted = expected.replace(":1/", f":1{version}/")
        assert str(address_of(entry, path, b"")) == wanted
        assert str(address_of(entry, path, b"a=%20")) == f"{wanted}?a=%20"


async def test_a_raw_path_that_leads_elsewhere(gateway: Running) -> None:
    answer = await raw(gateway, "GET %2F@evil.example/ HTTP/1.1", "host: localhost")
    assert answer.startswith(b"HTTP/1.1 400")


async def test_bodies_that_are_passed_on(gateway: Running) -> None:
    """Both ways piece by piece, as `ollama pull` through the gateway needs."""
    answer = await gateway.http.post("/api/pull", json={"model": "nobody"})
    assert "error" in answer.text
    assert (gateway.simulator.requests[-1].body or {})["model"] == "nobody"


async def test_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places(tmp_path, monkeypatch)
    async with (
        Simulator() as simulator,
        running(tmp_path, simulator, api_key="sesame", rate_limit=3) as gateway,
    ):
        for path, status in (("/health", 200), ("/metrics", 401), ("/v1/models", 401), ("/x", 401)):
            assert (await gateway.http.get(path)).status_code == status, path
        wrong = {"authorization": "Bearer sesam"}
        assert (await gateway.http.get("/v1/models", headers=wrong)).status_code == 401
        for headers in ({"authorization": "Bearer sesame"}, {"x-api-key": "sesame"}):
            assert (await gateway.http.get("/v1/models", headers=headers)).status_code == 200
        await gateway.http.get("/v1/models", headers=headers)
        limited = await gateway.http.get("/v1/models", headers=headers)
        assert limited.status_code == 429
        assert int(limited.headers["retry-after"]) > 0


async def test_tokens_of_an_answer_that_was_left_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a key could have as many as it wants by leaving each answer before its end."""
    places(tmp_path, monkeypatch)
    digest = hashlib.sha256(b"sesame").hexdigest()
    hold = Hold(after=3)
    async with (
        Simulator([Turn("a b c d e", holds=[hold])]) as simulator,
        running(tmp_path, simulator, keys=[f"k sha256:{digest} tokens=20"]) as gateway,
    ):
        headers = {"x-api-key": "sesame", "x-arriero-tools": "never"}
        said = [{"role": "user", "content": "x" * 400}]  # some hundred tokens
        body = {"model": "rehearsal", "messages": said, "stream": True}
        path = "/v1/chat/completions"
        async with gateway.http.stream("POST", path, json=body, headers=headers) as answer:
            assert answer.status_code == 200
            async for _ in answer.aiter_bytes():
                await asyncio.wait_for(hold.reached.wait(), 20)
                break
        await asyncio.wait_for(simulator.chats[-1].ended(), 20)
        metrics = {"x-api-key": "sesame"}
        while 'status="cut"' not in (await gateway.http.get("/metrics", headers=metrics)).text:
            await asyncio.sleep(0.01)
        refused = await gateway.http.post(path, json=body, headers=headers)
        assert (refused.status_code, "tokens a minute" in refused.text) == (429, True)


HOSTS = {
    "127.0.0.1": True, "127.9.9.9": True, "localhost": True, "::1": True, "0.0.0.0": False,
    "::": False, "192.168.0.1": False, "example.org": False, "localhost.example.org": False,
}  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_others_need_a_key(host: str) -> None:
    assert is_loopback(host) is HOSTS[host]
    own = GatewaySettings(host=host)
    assert bool(demands_key(own, [])) is not HOSTS[host]
    assert demands_key(own, ["a key"]) == ""


async def test_provider_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places(tmp_path, monkeypatch)
    async with Simulator() as simulator, running(tmp_path, simulator) as gateway:
        await simulator.stop()
        asked: list[Any] = [await gateway.chat("Hi"), await gateway.http.get("/api/nothing")]
        for answer in asked:
            assert answer.status_code == 503
            assert simulator.base_url in answer.text
