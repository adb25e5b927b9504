"""JSON-RPC on stdin and stdout, one message after the other, for the fake server."""

# ruff: noqa: INP001

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class Wire:
    """Reads messages and calls `on_<method>(params, id)`; slashes in names become underscores."""

    def __init__(self) -> None:
        self.waiting: dict[int, Callable[[Json], None]] = {}
        self.next_id = 0

    def serve(self) -> None:
        """Read messages until the client goes."""
        with Path(os.environ["FAKE_LOG"]).open("a", encoding="utf-8") as log:
            while message := read_message():
                log.write(json.dumps(message) + "\n")
                log.flush()
                self.take(message)

    def take(self, message: Json) -> None:
        """Handle one message of the client."""
        if "method" not in message:
            self.waiting.pop(message["id"])(message)
            return
        handler = getattr(self, "on_" + message["method"].replace("/", "_").replace("$", ""), None)
        if handler is not None:
            handler(message.get("params") or {}, message.get("id"))
        elif "id" in message:
            self.send({"id": message["id"], "error": {"code": -32601, "message": "no such method"}})

    def send(self, message: Json) -> None:
        """Write one message to the client."""
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        sys.stdout.buffer.flush()

    def request(self, method: str, params: Json, then: Callable[[Json], None]) -> None:
        """Ask the client something; `then` gets its whole answer."""
        self.next_id += 1
        self.waiting[self.next_id] = then
        self.send({"id": self.next_id, "method": method, "params": params})

    def notify(self, method: str, params: Json) -> None:
        """Tell the client something."""
        self.send({"method": method, "params": params})


def read_message() -> Json | None:
    """Read one message from stdin; None at its end."""
    length = 0
    while line := sys.stdin.buffer.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(sys.stdin.buffer.read(length)) if length else None
