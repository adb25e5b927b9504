"""Attacks on the gateway as bytes on a connection, and the beginning of what must be answered.

`HOST` is the gateway's own address, `CANARY` the port of a service that nobody may be led to, `OUT`
a folder outside of the workspace. What is in `LOCKED` goes to a gateway that wants a key.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

CHAT = {"model": "rehearsal", "messages": [{"role": "user", "content": "Hi"}]}


@dataclass(frozen=True)
class Sent:
    """Bytes, and a regular expression for the answer; `asks`: it may reach the model server."""

    data: bytes
    met: str = r"^HTTP/1\.1 4\d\d"
    asks: bool = False


def _get(path: str = "/v1/models", *headers: str, host: str | None = "HOST") -> bytes:
    lines = [f"GET {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else []), *headers]
    return ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1")


def _post(path: str, body: bytes, *headers: str, size: int | None = None) -> bytes:
    length = len(body) if size is None else size
    lines = [f"POST {path} HTTP/1.1", "Host: HOST", f"Content-Length: {length}", *headers]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append("Content-Type: application/json")
    head = "\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n"
    return head.encode("latin-1") + body


def _chat(*headers: str, **fields: Any) -> bytes:
    return _post("/v1/chat/completions", json.dumps(CHAT | fields).encode(), *headers)


def _image(url: str) -> bytes:
    part = {"type": "image_url", "image_url": {"url": url}}
    return _chat(messages=[{"role": "user", "content": [part]}])


def _chunked(body: bytes, *headers: str) -> bytes:
    lines = ["POST /v1/chat/completions HTTP/1.1", "Host: HOST", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


# Names that are made to stand for this machine, and pages of other sites.
_GUARD = {
    "another name": _get(host="evil.example"),
    "a name that begins alike": _get(host="127.0.0.1.evil.example"),
    "a name with our address as a user": _get(host="127.0.0.1:1@evil.example"),
    "a name in another script": _get(host="l\u043ecalhost".encode().decode("latin-1")),
    "another address": _get(host="0.0.0.0"),
    "an address as a number": _get(host="2130706433"),
    "no name": _get(host=None),
    "an empty name": _get(host=""),
    "two names": _get("/v1/models", "Host: evil.example"),
    "a name within a name": _get(host="localhost, evil.example"),
    "a name with a blank": _get(host="localhost evil.example"),
    "a whole address": _get("http://evil.example/v1/models", host="evil.example"),
    "a form of another page": _chat("Origin: http://evil.example"),
    "a page without an origin": _chat("Origin: null"),
    "a page on another port": _chat("Origin: http://127.0.0.1:1"),
    "a page of the same site": _chat("Sec-Fetch-Site: same-site"),
    "a page of another site": _chat("Sec-Fetch-Site: cross-site"),
    "a form as plain text": _post(
        "/v1/chat/completions", json.dumps(CHAT).encode(),
        "Origin: http://evil.example", "Content-Type: text/plain",
    ),
    "an image of another page": _get("/api/tags", "Sec-Fetch-Site: cross-site"),
    "settings by a form": _post(
        "/dashboard/settings", b"name=mode&value=agent", "Origin: http://evil.example",
        "Content-Type: application/x-www-form-urlencoded",
    ),
    "settings without signing in": _post(
        "/dashboard/settings", b"name=mode&value=agent",
        "Content-Type: application/x-www-form-urlencoded",
    ),
    "a question whether one may": _get().replace(b"GET", b"OPTIONS", 1).replace(
        b"Connection", b"Origin: http://evil.example\r\nConnection"
    ),
    "a web socket of the dashboard": _get(
        "/dashboard/live", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ),
}  # fmt: skip
# Paths that are to lead elsewhere than to the provider, or to a file.
_PATHS = {
    "a tunnel": b"CONNECT 127.0.0.1:CANARY HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "a user and a host": _get("@127.0.0.1:CANARY/"),
    "a user and a host after a slash": _get("%2F@127.0.0.1:CANARY/"),
    "a port and a host": _get(":1@127.0.0.1:CANARY/"),
    "two slashes": _get("//127.0.0.1:CANARY/x"),
    "backslashes": _get("/\\127.0.0.1:CANARY/x"),
    "dots": _get("/api/../../x"),
    "dots in codes": _get("/api/%2e%2e/%2e%2e/x"),
    "a file of the dashboard": _get("/dashboard/static/../../../../../etc/passwd"),
    "a file in codes": _get("/dashboard/static/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
    "a file with a NUL": _get("/dashboard/static/x%00.css"),
    "a run that is a path": _get("/dashboard/runs/..%2f..%2fetc%2fpasswd"),
}
_MAY_PASS = {
    "a web socket": (
        _get(
            "/v1/chat/completions", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        ), r"^HTTP/1\.1 4",
    ),
    "a file by its whole path": (_get("/dashboard/static//etc/passwd"), r"^HTTP/1\.1 4"),
    "a long header": (_get("/v1/models", "X-A: " + "a" * 200_000), r"^HTTP/1\.1 [24]"),
    "a whole address of another": (_get("http://127.0.0.1:CANARY/x"), r"^HTTP/1\.1 4"),
    "a line in the path": (_get("/api/x%0d%0aX-Evil:%201"), r"^HTTP/1\.1 [245](?!(.|\n)*\nX-Evil)"),
    "a line in a request's id": (
        _get("/v1/models", "X-Request-Id: a\r\n X-Evil: 1"),
        r"^HTTP/1\.1 [24](?!(.|\n)*\n ?X-Evil)",
    ),
    "a line in the query": (_get("/api/x?a=%0d%0aX-Evil:%201"), r"^HTTP/1\.1 [245]"),
    "a next page elsewhere": (
        _get("/dashboard/login?next=//evil.example"),
        r"^HTTP/1\.1 [234](?!(.|\n)*location: (http|//))",
    ),
}  # fmt: skip
# Two readers of one connection that see different requests in it.
_HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
_SMUGGLED = {
    "a length and pieces": _chunked(
        b"0\r\n\r\n" + _HIDDEN, "Content-Length: 6", "Transfer-Encoding: chunked"
    ),
    "two lengths": _chunked(_HIDDEN, "Content-Length: 0", f"Content-Length: {len(_HIDDEN)}"),
    "pieces of pieces": _chunked(
        b"0\r\n\r\n" + _HIDDEN, "Transfer-Encoding: chunked, identity", "Content-Length: 5"
    ),
    "pieces by another name": _chunked(_HIDDEN, "Transfer-Encoding: xchunked"),
    "a length below nothing": _chunked(_HIDDEN, "Content-Length: -1"),
    "a length with a sign": _chunked(_HIDDEN, "Content-Length: +5"),
    "a piece without end": _chunked(b"ffffffffffffffffff\r\nx", "Transfer-Encoding: chunked"),
    "a piece of no number": _chunked(b"zz\r\n" + _HIDDEN, "Transfer-Encoding: chunked"),
    "a header without a name": _get("/v1/models", ": x"),
    "a header with a blank": _get("/v1/models", "Content-Length : 5"),
    "a NUL in a header": _get("/v1/models", "X-A: a\0b"),
}
# Bodies that cost much, and what leads the gateway to other machines.
_BOMB = gzip.compress(b'{"model":"' + b" " * 30_000_000 + b'"}', compresslevel=1)
_BODIES = {
    "100 GB": _post("/v1/chat/completions", b"{", size=100 << 30),
    "a bomb": _post("/v1/chat/completions", _BOMB, "Content-Encoding: gzip"),
    "a bomb in a bomb": _post(
        "/v1/chat/completions", gzip.compress(_BOMB), "Content-Encoding: gzip, gzip"
    ),
    "too deep": _post("/v1/chat/completions", b'{"a":' * 60_000),
    "an image elsewhere": _image("http://127.0.0.1:CANARY/x.png"),
    "an image of a file": _image("file://OUT/secret"),
    "an image by a redirection": _image("//127.0.0.1:CANARY/x.png"),
    "an image of another dialect": _post(
        "/v1/messages",
        json.dumps({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "url", "url": "http://127.0.0.1:CANARY/x.png"}},
        ]}]}).encode(),
    ),
    "an image of a third": _post(
        "/v1/responses",
        json.dumps({"model": "rehearsal", "input": [{"role": "user", "content": [
            {"type": "input_image", "image_url": "http://127.0.0.1:CANARY/x.png"},
        ]}]}).encode(),
    ),
    "a path as an image": _post(
        "/api/chat",
        json.dumps({"model": "rehearsal", "messages": [
            {"role": "user", "content": "Hi", "images": ["OUT/secret"]},
        ]}).encode(),
    ),
    "a model elsewhere": _chat(model="http://127.0.0.1:CANARY/x"),
    "a workspace outside": _chat("X-Arriero-Workspace: OUT"),
    "a workspace by dots": _chat("X-Arriero-Workspace: OUT/../outside"),
    "the whole disk": _chat("X-Arriero-Workspace: /"),
    "a relative workspace": _chat("X-Arriero-Workspace: .."),
}  # fmt: skip
_ADDRESS = (
    _chat(base_url="http://127.0.0.1:CANARY", api_base="http://127.0.0.1:CANARY",
          provider={"base_url": "http://127.0.0.1:CANARY"}, stream=False),
    r"^HTTP/1\.1 [24]",
)  # fmt: skip
_SESSION = (_chat("X-Arriero-Session: ../../../outside/planted"), r"^HTTP/1\.1 [24]")

ATTEMPTS: dict[str, Sent] = {
    **{
        name: Sent(data)
        for part in (_GUARD, _PATHS, _SMUGGLED, _BODIES)
        for name, data in part.items()
    },
    **{name: Sent(data, met, asks=True) for name, (data, met) in _MAY_PASS.items()},
    "an address in the body": Sent(*_ADDRESS, asks=True),
    "a session that is a path": Sent(*_SESSION, asks=True),
}  # fmt: skip
# Keys, at a gateway that wants one.
_KEYS = [
    "", "Authorization: Bearer", "Authorization: Bearer ", "Authorization: Bearer sesam",
    "Authorization: Bearer sesame2", "Authorization: Bearer SESAME", "Authorization: sesame",
    "Authorization: Basic c2VzYW1lOg==", "Authorization: Bearer s\u00e9same",
    "Authorization: Bearer sesame, Bearer x", "X-Api-Key: sesam", "X-Api-Key: ",
    "Cookie: key=sesame",
    "Cookie: arriero_dashboard=admin|9999999999|x", "Authorization: Bearer " + "a" * 20_000,
    "X-Forwarded-For: 127.0.0.1", "X-Real-Ip: 127.0.0.1",
]  # fmt: skip
LOCKED: dict[str, Sent] = {
    f"key: {header[:40] or 'none'}": Sent(_get("/v1/models", *([header] if header else [])))
    for header in _KEYS
} | {
    "key: in the address": Sent(_get("/v1/models?key=sesame&api_key=sesame")),
    "key: metrics": Sent(_get("/metrics")),
    "key: what is passed on": Sent(_get("/api/anything")),
    "key: the dashboard": Sent(_get("/dashboard/runs"), r"^HTTP/1\.1 (303|4)"),
    "key: a hidden request": Sent(
        b"GET /health HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"
        b"\r\n\r\n0\r\n\r\n" + _HIDDEN,
        r"^HTTP/1\.1 [24]",
    ),
    "key: a second request": Sent(
        b"GET /health HTTP/1.1\r\nHost: HOST\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\n"
        b"Connection: close\r\n\r\n",
        r"^HTTP/1\.1 200(.|\n)*HTTP/1\.1 401",
    ),
}
