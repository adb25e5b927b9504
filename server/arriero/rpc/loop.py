"""The read loop of one connection."""

from __future__ import annotations

import asyncio
import logging

from arriero import large_json
from arriero.daemon.framing import FrameDecoder, FramingLost, Oversized
from arriero.rpc.message import (
    Incoming,
    NotJson,
    classify,
    classify_broken,
    classify_oversized,
    parse,
)
from arriero.rpc.outbox import Outbox
from arriero.rpc.server import Server

log = logging.getLogger(__name__)
_CHUNK = 256 * 1024
_SLICE = 0.005  # seconds of one client's messages before others get their turn


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server) -> None:
    """Serve one client until it leaves, sends `exit`, or its framing is lost.

    Every request is answered exactly once, with an error where it must be; garbage costs nothing
    but time. In the end, also when this is cancelled, the handlers of the connection are
    cancelled and the writer is closed. Other connections are not affected.
    """
    outbox = Outbox(writer)
    reading = asyncio.ensure_future(_read(reader, outbox, server))
    server.protocol.open(outbox, on_exit=reading.cancel)
    try:
        await asyncio.wait([reading])
    finally:
        reading.cancel()
        await server.protocol.close()
        await outbox.close()
    error = None if reading.cancelled() else reading.exception()
    if isinstance(error, FramingLost):
        log.warning("A client is cut off: %s", error)
    elif error is not None:
        raise error


async def _read(reader: asyncio.StreamReader, outbox: Outbox, server: Server) -> None:
    decoder = FrameDecoder()
    loop = asyncio.get_running_loop()
    while data := await _received(reader):
        decoder.feed(data)
        began = loop.time()
        while (found := decoder.next()) is not None:
            tasks = len(server.protocol.running)
            if isinstance(found, Oversized) or len(found) < large_json.LARGE:
                messages = _messages(found, decoder)
            else:
                messages = await asyncio.to_thread(_large_messages, found, decoder, server)
            for message in messages:
                preparing = server.before(message)
                if preparing is not None:
                    await preparing
                server.protocol.receive(message)
            # A handler that was started sees the documents as they were at its request.
            started = len(server.protocol.running) > tasks
            if started or loop.time() - began > _SLICE:
                await asyncio.sleep(0)
                began = loop.time()
            await outbox.drain()


async def _received(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(_CHUNK)
    except OSError as error:  # a client that crashed, mostly
        log.info("A connection was lost: %s", error)
        return b""


def _large_messages(
    found: bytes | bytearray, decoder: FrameDecoder, server: Server
) -> list[Incoming]:
    messages = [server.protocol.prepared(one) for one in _messages(found, decoder)]
    if isinstance(found, bytearray):
        found.clear()  # here: to free tens of megabytes takes milliseconds
    return messages


def _messages(found: bytes | bytearray | Oversized, decoder: FrameDecoder) -> list[Incoming]:
    if isinstance(found, Oversized):
        return [classify_oversized(found)]
    try:
        return classify(parse(found))
    except NotJson as error:
        before = decoder.rewind(found)
        if before is found:
            return [classify_broken(found, str(error))]
    if not before.strip():
        return []
    try:
        return classify(parse(before))
    except NotJson as error:
        return [classify_broken(before, str(error))]
