"""A stand-in for llama.cpp's server: its `/v1`, its `/props`, its stream, and ways to go wrong."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from arriero.models.rehearsal.http import LoopbackServer, Received, Responder
from arriero.models.rehearsal.script import Hold

Ending = Literal["whole", "no_done", "no_finish", "nothing", "cut", "hang"]

MODEL = "qwen3-8b"
META = {"n_ctx": 8192, "n_ctx_train": 40960, "n_params": 8_190_735_360, "size": 5_020_000_000}
LLAMACPP: Mapping[str, Any] = {"id": MODEL, "owned_by": "llamacpp", "meta": META}
PROPS: Mapping[str, Any] = {
    "default_generation_settings": {"n_ctx": 8192},
    "total_slots": 1,
    "build_info": "b9014-d4b0c22f9",
    "modalities": {"vision": False, "audio": False},
    "chat_template": "{% if enable_thinking %}<think>{% endif %}",
    "chat_template_caps": {"supports_tools": True, "supports_tool_calls": True},
}
USAGE = {"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57}
TIMINGS = {
    "cache_n": 40,
    "prompt_n": 10,
    "prompt_ms": 12.4,
    "predicted_n": 7,
    "predicted_ms": 70.6,
}


@dataclass(frozen=True)
class Turn:
    """One answer: deltas, each in an event of its own, and how it ends.

    - `no_done`: without `[DONE]`; `no_finish`: without `finish_reason`; `nothing`: without both.
    - `cut`: the connection is reset after the deltas; `hang`: nothing more comes.
    `raw` is sent instead of all that. `status` other than 200 sends `body` alone.
    """

    deltas: Sequence[Mapping[str, Any]] = ()
    finish: str = "stop"
    ending: Ending = "whole"
    timings: bool = True
    raw: bytes | None = None
    status: int = 200
    body: object = None
    hold: Hold | None = None


@dataclass
class StandIn:
    """Answers chats from a script, one turn a request, and the other routes from its fields.

    A route that is None is 404, as llama.cpp says it. While `refusing` is set, it is the answer of
    all other routes.
    """

    models: Sequence[Mapping[str, Any]] | None = (LLAMACPP,)
    props: Mapping[str, Any] | None = field(default_factory=lambda: PROPS)
    version: Mapping[str, Any] | None = None
    template: Mapping[str, Any] | None = None
    tokens: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] | None = None
    embeddings: Mapping[str, Any] | None = None
    native: Sequence[Mapping[str, Any]] | None = None  # LM Studio's own list
    turns: deque[Turn] = field(default_factory=deque)
    requests: list[Received] = field(default_factory=list)
    base_url: str = ""
    refusing: Turn | None = None

    def say(self, *turns: Turn) -> None:
        self.turns.extend(turns)

    @property
    def chats(self) -> list[Received]:
        return [one for one in self.requests if one.path == "/v1/chat/completions"]

    async def __aenter__(self) -> StandIn:
        self._server = LoopbackServer(self._handle)
        self.base_url = f"http://127.0.0.1:{await self._server.start()}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    async def _handle(self, request: Received, responder: Responder) -> None:
        self.requests.append(request)
        if request.path == "/v1/chat/completions":
            await self._chat(responder)
            return
        if self.refusing is not None:
            await responder.json(self.refusing.status, self.refusing.body)
            return
        models = None if self.models is None else {"object": "list", "data": list(self.models)}
        routes = {
            "/v1/models": models,
            "/props": self.props,
            "/version": self.version,
            "/apply-template": self.template,
            "/tokenize": self.tokens(request.body) if callable(self.tokens) else self.tokens,
            "/v1/embeddings": self.embeddings,
            "/api/v0/models": None if self.native is None else {"data": list(self.native)},
        }
        answer = routes.get(request.path)
        if answer is None:
            await responder.json(404, refused(404, "File Not Found", "not_found_error"))
            return
        await responder.json(200, answer)

    async def _chat(self, responder: Responder) -> None:
        turn = self.turns.popleft()
        if turn.hold is not None and turn.hold.after == 0:
            await turn.hold.wait()
        if turn.body is not None:
            if isinstance(turn.body, str):
                await responder.text(turn.status, turn.body)
            else:
                await responder.json(turn.status, turn.body)
            return
        await responder.start("text/event-stream", turn.status)
        if turn.raw is not None:
            await responder.data(turn.raw)
        else:
            await self._stream(turn, responder)
        if turn.ending == "cut":
            responder.abort()
            return
        if turn.ending == "hang":
            await Hold().wait()
        await responder.end()

    async def _stream(self, turn: Turn, responder: Responder) -> None:
        for number, event in enumerate(events(turn)):
            if turn.hold is not None and turn.hold.after and number == turn.hold.after:
                await turn.hold.wait()
            await responder.data(event)


def events(turn: Turn) -> list[bytes]:
    """Return the frames of an answer as llama.cpp sends them."""
    sent = [chunk(delta) for delta in ({"role": "assistant", "content": None}, *turn.deltas)]
    if turn.ending in {"whole", "no_done"}:
        sent.append(chunk({}, turn.finish))
        timings = {"timings": TIMINGS} if turn.timings else {}
        sent.append(frame({"choices": [], "usage": USAGE, **timings}))
    if turn.ending in {"whole", "no_finish"}:
        sent.append(b"data: [DONE]\n\n")
    return sent


def chunk(delta: Mapping[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return frame({"object": "chat.completion.chunk", "model": MODEL, "choices": [choice]})


def frame(value: object) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode("utf-8", "replace")


def fragment(
    name: str | None = None,
    arguments: object = None,
    *,
    id: str | None = None,  # noqa: A002 - the protocol's name
    index: int | None = None,
) -> dict[str, Any]:
    """Return one element of `tool_calls`; what is None is left out."""
    function = {"name": name, "arguments": arguments}
    call = {"id": id, "index": index}
    return {
        **{key: value for key, value in call.items() if value is not None},
        "function": {key: value for key, value in function.items() if value is not None},
    }


def refused(code: int, message: str, kind: str = "server_error", **more: object) -> dict[str, Any]:
    """Return an error as llama.cpp says it."""
    return {"error": {"code": code, "message": message, "type": kind, **more}}


LOADING = Turn(status=503, body=refused(503, "Loading model", "unavailable_error"))
