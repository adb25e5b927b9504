"""A server that is wrong in one way, with which a flow must fail: the real one behind a filter.

    python wrong_server.py no_actions|never_applies|old_version lsp

`no_actions` answers every `textDocument/codeAction` with none. `never_applies` tells the server
that its edits were applied, and shows the editor none of them. `old_version` says of itself that
it is version 0.0.1: a flow has it to see what the user is told.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

Message = dict[str, Any]


class Wire:
    """One direction's messages; written by several threads."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def read(self) -> Message | None:
        """The next message, None at the end."""
        length = None
        while (line := self._stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return None if length is None else json.loads(self._stream.read(length))

    def write(self, message: Message) -> None:
        """Send a message."""
        body = json.dumps(message).encode()
        with self._lock:
            self._stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self._stream.flush()


def relay(source: Wire, target: Wire, filtered: Callable[[Message], Message | None]) -> None:
    """Pass messages on until the source ends."""
    while (message := source.read()) is not None:
        passed = filtered(message)
        if passed is not None:
            target.write(passed)


def main(wrong: str, arguments: list[str]) -> int:
    """Run the real server behind the filter."""
    command = [sys.executable, "-m", "arriero", *arguments]
    real = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert real.stdin is not None
    assert real.stdout is not None
    editor_says, editor_hears = Wire(sys.stdin.buffer), Wire(sys.stdout.buffer)
    server_hears, server_says = Wire(real.stdin), Wire(real.stdout)
    asked_for_actions: set[Any] = set()

    def from_editor(message: Message) -> Message | None:
        if message.get("method") == "textDocument/codeAction":
            asked_for_actions.add(message["id"])
        return message

    def from_server(message: Message) -> Message | None:
        if wrong == "no_actions" and "result" in message and message["id"] in asked_for_actions:
            return {**message, "result": []}
        if wrong == "old_version" and "serverInfo" in (message.get("result") or {}):
            message["result"]["serverInfo"]["version"] = "0.0.1"
        if wrong == "never_applies" and message.get("method") == "workspace/applyEdit":
            result = {"applied": True}
            server_hears.write({"jsonrpc": "2.0", "id": message["id"], "result": result})
            return None
        return message

    back = threading.Thread(target=relay, args=(server_says, editor_hears, from_server))
    back.start()
    relay(editor_says, server_hears, from_editor)
    real.stdin.close()
    back.join()
    return real.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
