"""Thousands of random and malformed messages: one answer each, nothing kept, nobody disturbed."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
from collections import Counter
from typing import Any

import pytest

from arriero.rpc.server import Server
from rpc.harness import RawClient, new_server, serving
from scale import by_scale

MESSAGES = by_scale(1_500, full=5_000)  # per seed
BURST = 25
ROUNDS = 8

METHODS = [
    "own/echo",
    "own/later",
    "own/fail",
    "no/such/method",
    "$/odd",
    "initialize",
    "workspace/executeCommand",
    "textDocument/codeAction",
    "textDocument/didOpen",
    "textDocument/didChange",
    "workspace/didChangeWorkspaceFolders",
    "workspace/applyEdit",
    "window/workDoneProgress/cancel",
]


def flooded_server() -> Server:
    server = new_server()

    async def later(params: Any) -> Any:
        await asyncio.sleep(0)
        return params

    def fail(params: Any) -> Any:
        raise ValueError("as intended")

    for method, handler in [
        ("own/echo", lambda params: params),
        ("own/later", later),
        ("own/fail", fail),
    ]:
        server.register_method(method)
        server.feature(method)(handler)
    return server


class Flood:
    """Makes framed messages; `due` are the ids that must be answered exactly once."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.due: set[str] = set()

    def next(self) -> bytes:
        kinds = [
            *[self.request] * 6,
            *[self.mutated] * 6,
            self.notification,
            self.response,
            self.batch,
            self.misframed,
            self.misframed,
            self.oversized,
            self.garbage,
        ]
        return self.random.choice(kinds)()

    def id(self) -> str:
        return f"{self.random.getrandbits(64):016x}"

    def value(self, depth: int = 3) -> Any:
        choose = self.random.randrange(9 if depth else 7)
        if choose < 7:
            scalars = [None, True, -1, 1.5, "text", "\ud800é\u2028", 10**30]
            return scalars[choose]
        inner = [self.value(depth - 1) for _ in range(self.random.randrange(4))]
        keys = ["jsonrpc", "id", "method", "params", "uri", "textDocument", "command"]
        return inner if choose == 7 else {self.random.choice(keys): one for one in inner}

    def message(self) -> dict[str, Any]:
        params = self.random.choice([self.value(), {"command": "x"}, {}])
        return {
            "jsonrpc": "2.0",
            "id": self.id(),
            "method": self.random.choice(METHODS),
            "params": params,
        }

    def request(self) -> bytes:
        message = self.message()
        self.due.add(message["id"])
        return framed(encode(message))

    def notification(self) -> bytes:
        message = self.message()
        del message["id"]
        return framed(encode(message))

    def response(self) -> bytes:
        key = self.random.choice(["result", "error"])
        return framed(encode({"jsonrpc": "2.0", "id": self.id(), key: self.value()}))

    def batch(self) -> bytes:
        messages = [self.message() for _ in range(self.random.randrange(4))]
        self.due.update(message["id"] for message in messages)
        return framed(encode([*messages, self.value()]))

    def mutated(self) -> bytes:
        body = bytearray(encode(self.message()))
        for _ in range(self.random.randrange(1, 4)):
            at = self.random.randrange(len(body) + 1)
            what = self.random.randrange(4)
            if what == 0:
                body[at : at + 1] = self.random.randbytes(1)
            elif what == 1:
                del body[at:]
                body += b"}"
            elif what == 2:
                body[at:at] = self.random.randbytes(3)
            else:
                del body[at : at + self.random.randrange(1, 9)]
        return framed(bytes(body))

    def misframed(self) -> bytes:
        """A length that is wrong; what follows must not suffer."""
        body = encode(self.message())
        length = len(body) + self.random.choice([-20, -1, 1, 5, 16, 25, 100, 3000])
        return b"Content-Length: %d\r\n\r\n" % max(length, 0) + body

    def oversized(self) -> bytes:
        message = self.message()
        self.due.add(message["id"])
        return b"Content-Length: %d\r\n\r\n" % (1 << self.random.randrange(30, 60)) + encode(
            message
        )

    def garbage(self) -> bytes:
        begin = self.random.choice(
            [b"", b"\r\n\r\n", b"Content-Length: ", b"{", b"GET / HTTP/1.1\r\n"]
        )
        return begin + self.random.randbytes(self.random.randrange(60))


def encode(value: Any) -> bytes:
    return json.dumps(value).encode()


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


async def sync(client: RawClient, counts: Counter[str | None]) -> None:
    """Count answers up to a probe's, which takes as long as the slowest of the others."""
    last = f"probe-{random.getrandbits(64)}"
    probe = encode({"jsonrpc": "2.0", "id": last, "method": "own/later"})
    client.send_raw(b" " * 4000 + framed(probe))  # more than any wrong length takes along
    while (message := await client.receive())["id"] != last:
        assert "method" not in message, message
        counts[message["id"]] += 1


@pytest.mark.parametrize("seed", [1, 2])
async def test_flood(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL")  # the handler that fails is logged each time
    flood, server, blocks = Flood(seed), flooded_server(), []
    gc.freeze()  # what all other tests have left need not be looked through each round
    async with serving(server) as client:
        await client.initialize()
        for _ in range(ROUNDS):
            counts: Counter[str | None] = Counter()
            for _ in range(MESSAGES // ROUNDS // BURST):
                client.send_raw(b"".join(flood.next() for _ in range(BURST)))
                await sync(client, counts)
            assert {id_ for id_ in flood.due if counts[id_] != 1} == set()
            assert {id_ for id_, count in counts.items() if id_ is not None and count > 1} == set()
            flood.due.clear()
            counts.clear()
            gc.collect()
            blocks.append(sys.getallocatedblocks())
        assert "result" in await client.ask("end", "own/echo", {})
        assert len(server.protocol.running) == 0
        assert len(server.protocol.awaited) == 0
    gc.unfreeze()
    assert min(blocks[-2:]) - max(blocks[1:3]) < 300, blocks
