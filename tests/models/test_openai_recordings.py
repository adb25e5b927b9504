"""Answers that a real server gave on `/v1`: Ollama's, which passes on llama.cpp's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arriero.models.errors import (
    ModelError,
    ModelNotFound,
    StreamBroken,
    ToolsUnsupported,
    WindowExceeded,
)
from models.openai_chatting import calls, collect, finished, talking, text
from models.openai_server import Turn


def recorded(name: str) -> Turn:
    file = Path(__file__).with_name("openai_recordings") / f"{name}.json"
    value = json.loads(file.read_text("utf-8"))
    body = "".join(piece for _, piece in value["chunks"])
    types = {key.lower(): kind for key, kind in value["headers"]}
    if types["content-type"].startswith("text/event-stream"):
        return Turn(raw=body.encode())
    return Turn(status=value["status"], body=json.loads(body))


@pytest.mark.parametrize(
    ("name", "words", "called", "tokens"),
    [
        ("native--v1_chat", False, ["run_command"], True),
        ("native--v1_chat_stream", False, ["run_command"], True),
        # These two were not asked for the usage.
        ("native--v1_chat_text_stream", True, [], False),
        ("rendered--v1_chat_stream", False, ["run_command"], False),
    ],
)
async def test_recorded_answers(name: str, words: bool, called: list[str], tokens: bool) -> None:
    async with talking(name="mine") as (server, provider):
        server.say(recorded(name))
        chunks = await collect(provider)
    assert bool(text(chunks)) is words
    assert [call.name for call in calls(chunks)] == called
    assert all(call.arguments for call in calls(chunks))
    assert bool(finished(chunks).usage.prompt_tokens) is tokens


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("native--v1_overflow", WindowExceeded, "40008 tokens.*8192"),
        ("native--v1_chat_missing", ModelNotFound, "has no model"),
        ("special--notools_v1", ToolsUnsupported, "choose another model"),
        # The model's process died: the stream has neither finish_reason nor [DONE].
        ("special--crash_v1_stream", StreamBroken, "stopped in the middle"),
    ],
)
async def test_recorded_failures(name: str, kind: type[ModelError], said: str) -> None:
    async with talking(name="mine") as (server, provider):
        server.say(recorded(name))
        with pytest.raises(kind, match=said):
            await collect(provider)
