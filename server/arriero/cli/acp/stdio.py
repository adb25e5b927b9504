"""The agent on this process's own stdin and stdout."""

from __future__ import annotations

import asyncio
import os

from arriero.cli.acp.agent import StdioAgent
from arriero.cli.acp.wire import LONGEST, Wire
from arriero.cli.failure import Failure


async def serve_stdio() -> None:
    """Serve the client until it closes our input; raises Failure where that is no pipe."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST)
    # Duplicates, so that a stray print or a library cannot write into the protocol.
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), incoming)
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, outgoing
        )
    except ValueError as error:
        raise Failure("`arriero acp` is for editors, which start it with pipes.") from error
    wire = Wire(reader, asyncio.StreamWriter(transport, protocol, None, loop))
    agent = StdioAgent(wire)
    try:
        await wire.serve(agent.methods)
    finally:
        await agent.close()
        transport.close()
