"""A daemon that can do next to nothing, for tests of what stands before it.

Run as a program it serves the default endpoint of its environment, for a minute at most.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from arriero.daemon.endpoint import default_endpoint
from arriero.daemon.framing import FrameDecoder, frame
from arriero.daemon.instance import AlreadyRunning, listen


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer `echo` with its params, `attached` with those of the first message, `pid`, `die`."""
    decoder = FrameDecoder()
    attached: Any = None
    while data := await reader.read(1 << 16):
        decoder.feed(data)
        while (body := decoder.next()) is not None:
            assert isinstance(body, (bytes, bytearray))
            message = json.loads(body)
            method = message["method"]
            if method == "arriero/attach":
                attached = message["params"]
            elif method == "exit":
                return
            elif method == "die":
                os._exit(9)
            else:
                results = {"attached": attached, "pid": os.getpid(), "echo": message.get("params")}
                writer.write(
                    frame({"jsonrpc": "2.0", "id": message["id"], "result": results[method]})
                )
                await writer.drain()


async def main() -> None:
    try:
        listener = await listen(default_endpoint(), echo)
    except AlreadyRunning as error:
        sys.exit(str(error))
    print("started", os.getpid(), file=sys.stderr, flush=True)
    await asyncio.sleep(60)
    await listener.close()


if __name__ == "__main__":
    asyncio.run(main())
