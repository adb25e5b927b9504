"""A daemon whose loop is watched, with a model that plays what the prompt asks for.

Run as a program with the folders for state and cache, and a socket's path. The method `watch/take`
answers what `LoopWatch.take` does.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import string
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from agent.fakes import ScriptedProvider, call
from arriero.acp import door as acp
from arriero.agent.editor import Answer, PermissionQuestion
from arriero.daemon.hub import Hub
from arriero.lsp.connection import serve_connection
from arriero.lsp.extension import Attach, Client
from arriero.models.errors import StreamBroken
from arriero.models.types import (
    ChatRequest,
    Chunk,
    Finished,
    ModelDetails,
    ModelInfo,
    TextChunk,
    ThinkingChunk,
    Usage,
)
from arriero.rpc.converter import prewarm
from arriero.rpc.server import Server
from arriero.sessions.events import Event
from daemon.bench import OneProvider
from daemon.loop_watch import LoopWatch

_DONE = Finished("stop", Usage(10, 5))
# Without repetitions, which would end the run.
_WORDS = tuple(random.Random(1).choices(string.ascii_letters + " \n", k=190_000))
_STORMS = 2  # broken streams before an answer; three end the run


class Player(ScriptedProvider):
    """Answers a prompt that holds `play {...}`: the first request by that, the next with words."""

    def __init__(self) -> None:
        super().__init__([])
        self._broken: Counter[str] = Counter()  # by session, which each are asked again

    async def chat(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        asked = max(i for i, m in enumerate(request.messages) if m.role == "user")
        text = request.messages[asked].content
        _, marked, play = text.partition("play ")
        answered = any(m.role == "assistant" for m in request.messages[asked:])
        if not marked or answered:
            yield TextChunk("done")
            yield _DONE
            return
        wanted: dict[str, Any] = json.JSONDecoder().raw_decode(play)[0]
        for name, arguments in wanted.get("calls", ()):
            size = arguments.pop("lines", 0)
            filling = {"content": f"{'new ' * 12}\n" * size} if size else {}
            yield call(name, **arguments, **filling)
        for number in range(wanted.get("chunks", 0)):
            yield TextChunk(_WORDS[number % len(_WORDS)])
            if not number % 100:
                await asyncio.sleep(0)
        for number in range(wanted.get("thoughts", 0)):
            yield ThinkingChunk(_WORDS[number % len(_WORDS)] * 5)
        if wanted.get("thoughts"):
            yield TextChunk("Thought.")
        if size := wanted.get("characters", 0):
            yield TextChunk("".join(_WORDS)[:size])
        if wanted.get("storm"):
            for word in _WORDS[:2000]:
                yield TextChunk(word)
            self._broken[request.affinity] += 1
            if self._broken[request.affinity] <= _STORMS:
                raise StreamBroken("The model's stream broke off; ask again.")
            del self._broken[request.affinity]
        yield _DONE

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo(f"model-{n}", f"digest{n}", n, "7B", "Q4") for n in range(500)]

    async def show(self, model: str) -> ModelDetails:
        known = frozenset({"completion", "tools", "thinking"})
        return ModelDetails(model, known, trained_window=16_000_000)


class Door:
    """The method `watch/take`."""

    experimental: Mapping[str, Any] = {}

    def __init__(self, server: Server, watch: LoopWatch) -> None:
        server.register_method("watch/take", early=True)
        server.feature("watch/take")(lambda _: watch.take())

    def owns(self, run_id: str) -> bool:
        return False

    def event(self, event: Event) -> None:
        return None

    async def ask(self, question: PermissionQuestion) -> Answer | None:
        return None


async def main(state: Path, cache: Path, socket: str) -> None:
    await asyncio.to_thread(acp.warm)
    prewarm()
    gc.collect()
    gc.freeze()
    watch = LoopWatch()

    def door(server: Server, client: Client, attach: Attach) -> Door:
        return Door(server, watch)

    async def quiet(seconds: float) -> None:
        await asyncio.Event().wait()

    hub = Hub(state, cache, sleep=quiet)
    hub.providers = OneProvider(Player())  # type: ignore[assignment]
    await hub.open()
    watch.start()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve_connection(reader, writer, hub, (acp.register, door))

    server = await asyncio.start_unix_server(serve, socket)
    print("ready", flush=True)
    # The parent holds the other end of stdin: its end is ours.
    await asyncio.to_thread(sys.stdin.read)
    server.close()
    await hub.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
