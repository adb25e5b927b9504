"""Two servers to measure: `lsp` is a daemon with one LSP feature, `echo` is asyncio and json.

Run as a program with the kind and, for `echo`, the socket's path, it serves until stdin ends.
"""

from __future__ import annotations

import asyncio
import json
import sys

from lsprotocol import types

from arriero.daemon.endpoint import default_endpoint
from arriero.daemon.instance import listen
from arriero.rpc.converter import prewarm
from arriero.rpc.loop import serve
from arriero.rpc.server import make_server


async def serve_lsp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection with every kind of handler that a daemon registers, one of them answering."""
    server = make_server("benchmark", "0")

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover:
        return types.Hover(types.MarkupContent(types.MarkupKind.PlainText, "hover"))

    for number in range(20):
        server.register_method(f"own/{number}")
        server.feature(f"own/{number}")(lambda params: params)
        server.command(f"command.{number}")(lambda *args: args)
    await serve(reader, writer, server)


async def serve_echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The least that answers a framed JSON message."""
    while header := await reader.readline():
        await reader.readline()
        message = json.loads(await reader.readexactly(int(header.split(b":")[1])))
        body = json.dumps(message).encode()
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


async def main(kind: str, path: str = "") -> None:
    if kind == "lsp":
        prewarm()
        await listen(default_endpoint(), serve_lsp)
    else:
        await asyncio.start_unix_server(serve_echo, path)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
