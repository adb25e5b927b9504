"""Requests that are legal and unusual, and what is wrong with a model: told as what it is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from arriero.models.rehearsal import SimulatedModel, Simulator, Turn
from gateway.gateway_server import Running, places, running

MODELS = (
    SimulatedModel("rehearsal", capabilities=("completion", "tools")),
    SimulatedModel("emb", capabilities=("embedding",)),
)
CUT = "cut \ud83d"  # half of a character, as JavaScript cuts texts


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """With our tools, where a client sends none."""
    places(tmp_path, monkeypatch)
    async with (
        Simulator((Turn("fix, and more."),), models=MODELS) as simulator,
        running(tmp_path, simulator) as made,
    ):
        yield made


async def test_ollamas_client_finds_somebody(gateway: Running) -> None:
    """It asks for this before anything else, without a key."""
    answer = await gateway.http.head("/", headers={"authorization": ""})
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/v1/chat/completions",
            {
                "messages": [
                    {"role": "user", "content": "Hi"},
                    {"role": "assistant", "content": "Pre"},
                ]
            },
        ),
        (
            "/v1/messages",
            {
                "max_tokens": 50,
                "messages": [
                    {"role": "user", "content": "Hi"},
                    {"role": "assistant", "content": "Pre"},
                ],
            },
        ),
        ("/v1/chat/completions", {"messages": [{"role": "system", "content": "Be brief."}]}),
        ("/v1/responses", {"instructions": "Be brief."}),
    ],
)
async def test_nothing_is_asked_that_a_run_could_answer(
    gateway: Running, path: str, body: dict[str, Any]
) -> None:
    answer = await gateway.http.post(path, json={"model": "rehearsal", **body})
    assert answer.status_code == 200, answer.text
    assert "fix, and more." in answer.text
    assert "tools" not in (gateway.simulator.chats[-1].body or {})


@pytest.mark.parametrize("path", ["/v1/embeddings", "/api/embed"])
async def test_half_of_a_character_is_embedded(gateway: Running, path: str) -> None:
    body = {"model": "emb", "input": ["ok", CUT]}
    answer = await gateway.http.post(path, content=json.dumps(body))
    assert answer.status_code == 200, answer.text


async def test_no_model_has_half_of_a_character_in_its_name(gateway: Running) -> None:
    body = {"model": CUT, "messages": [{"role": "user", "content": "Hi"}]}
    answer = await gateway.http.post("/v1/chat/completions", content=json.dumps(body))
    assert answer.status_code == 404, answer.text


async def test_a_model_that_cannot_chat_is_the_requests_fault(gateway: Running) -> None:
    answer = await gateway.chat("Hi", model="emb", response_format={"type": "json_object"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", "model")
    assert "cannot chat" in error["message"]
