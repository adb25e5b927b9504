"""A gateway that ends while it answers: its clients are told, each in its interface's own form."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from arriero.gateway import opening
from arriero.models.rehearsal import Hold, Simulator, Turn
from gateway.gateway_server import places, running

TOLD = "The gateway is ending"
SAID: list[dict[str, Any]] = [{"role": "user", "content": "Hi"}]
REQUESTS = [
    ("/v1/chat/completions", {"messages": SAID}, '"code":"upstream_unavailable"'),
    ("/v1/responses", {"input": "Hi"}, "event: response.failed"),
    ("/v1/completions", {"prompt": "Hi"}, '"code":"upstream_unavailable"'),
    ("/v1/messages", {"messages": SAID, "max_tokens": 9}, "event: error"),
    ("/api/chat", {"messages": SAID}, '{"error":'),
]


@pytest.mark.parametrize(("path", "body", "form"), REQUESTS, ids=[one[0] for one in REQUESTS])
async def test_a_stream_is_not_just_cut(
    path: str, body: dict[str, Any], form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(tmp_path, monkeypatch)
    monkeypatch.setattr(opening, "_LAST_SECONDS", 0)
    hold = Hold(after=1)
    asked = {"model": "rehearsal", "stream": True, **body}
    async with (
        Simulator([Turn("a b c", holds=[hold])]) as simulator,
        running(tmp_path, simulator, inject_tools="never") as gateway,
        gateway.http.stream("POST", path, json=asked) as answer,
    ):
        pieces = answer.aiter_text()
        text = await anext(pieces)
        await hold.reached.wait()
        gateway.server.stop()
        text += "".join([piece async for piece in pieces])
    assert TOLD in text
    assert form in text


async def test_who_still_waits_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places(tmp_path, monkeypatch)
    monkeypatch.setattr(opening, "_LAST_SECONDS", 0)
    hold = Hold()
    async with (
        Simulator([Turn("a", holds=[hold])]) as simulator,
        running(tmp_path, simulator, inject_tools="never") as gateway,
    ):
        asking = asyncio.create_task(gateway.chat("Hi", stream=True))
        await hold.reached.wait()
        gateway.server.stop()
        answer = await asking
        assert answer.status_code == 503
        assert TOLD in answer.json()["error"]["message"]
        assert answer.headers["retry-after"]
