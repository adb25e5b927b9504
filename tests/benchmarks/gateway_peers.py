"""Processes that the gateway is measured beside: a model's server, and the least that a relay does.

    python gateway_peers.py upstream PIECES SECONDS     a piece of an answer each so many seconds
    python gateway_peers.py floor URL                   uvicorn and aiohttp: lines in, events out

The floor runs on uvloop where it is installed, as `arriero serve` does.
Each prints its address. A piece says when it was sent, by the machine's monotonic clock; under
`/v1` the server speaks OpenAI's protocol, else Ollama's.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Any

LISTINGS = {
    "/api/tags": {"models": [{"name": "m:latest", "digest": "d"}]},
    "/api/show": {"capabilities": ["completion", "tools"], "model_info": {}, "details": {}},
    "/api/ps": {"models": []},
    "/api/version": {"version": "1"},
    "/v1/models": {"object": "list", "data": [{"id": "m", "object": "model", "created": 1}]},
}
Message = dict[str, Any]


async def upstream(pieces: int, seconds: float) -> None:
    """Serve answers of so many pieces, for ever."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head.lower())
                await reader.readexactly(int(length[1]) if length else 0)
                path = head.split(b" ")[1].decode()
                if path in LISTINGS:
                    body = json.dumps(LISTINGS[path]).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body))
                    writer.write(body)
                    continue
                kind = b"text/event-stream" if path.startswith("/v1") else b"application/x-ndjson"
                head_of_answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: "
                writer.write(head_of_answer + kind + b"\r\n\r\n")
                for number in range(pieces + 1):
                    data = _piece(
                        path, f"word{number} @{time.perf_counter():.6f} ", number == pieces
                    )
                    writer.write(b"%x\r\n%s\r\n" % (len(data), data))
                    await asyncio.sleep(seconds)
                writer.write(b"0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def _piece(path: str, text: str, last: bool) -> bytes:
    if not path.startswith("/v1"):
        message = {"role": "assistant", "content": text}
        return json.dumps({"model": "m", "message": message, "done": last}).encode() + b"\n"
    reason = "stop" if last else None
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    end = b"data: [DONE]\n\n" if last else b""
    return b"data: " + json.dumps({**event, "choices": [choice]}).encode() + b"\n\n" + end


async def floor(url: str) -> None:
    """Pass lines on as events, and do nothing else."""
    import aiohttp
    import uvicorn

    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def app(
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        body = (await receive())["body"]
        headers = [(b"content-type", b"text/event-stream")]
        async with session.post(f"{url}/api/chat", data=body) as answer:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            rest = b""
            async for data in answer.content.iter_any():
                *lines, rest = (rest + data).split(b"\n")
                out = b""
                for line in lines:
                    text = json.loads(line)["message"]["content"]
                    delta = {"choices": [{"index": 0, "delta": {"content": text}}]}
                    out += b"data: " + json.dumps(delta).encode() + b"\n\n"
                if out:
                    await send({"type": "http.response.body", "body": out, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    settings = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, ws="none")
    await uvicorn.Server(settings).serve(sockets=[listening])


if __name__ == "__main__":
    if sys.argv[1] == "upstream":
        asyncio.run(upstream(int(sys.argv[2]), float(sys.argv[3])))
    elif find_spec("uvloop"):
        import uvloop

        uvloop.run(floor(sys.argv[2]))
    else:
        asyncio.run(floor(sys.argv[2]))
