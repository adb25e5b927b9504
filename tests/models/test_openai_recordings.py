"""Answers that real servers gave on `/v1`: Ollama's, which passes on llama.cpp's, and llama.cpp's.

Those of llama.cpp are from its builds 7710 (January 2026) and 11549 (October 2026), which ran a
tiny model made for this: it says what it was made to say.
"""

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
from models.openai_chatting import calls, collect, finished, talking, text, thinking
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


@pytest.mark.parametrize(
    ("name", "thought", "said", "tokens"),
    [
        ("llamacpp-b7710--tool_stream", "I think 0 and more 0.", "", (371, 7, 0)),
        ("llamacpp-b11549--tool_stream", "", "Step 0: ", (377, 4, 0)),
    ],
)
async def test_a_call_of_llamacpp(
    name: str, thought: str, said: str, tokens: tuple[int, int, int]
) -> None:
    async with talking() as (server, provider):
        server.say(recorded(name))
        chunks = await collect(provider)
    assert (thinking(chunks), text(chunks)) == (thought, said)
    (call,) = calls(chunks)
    assert (call.name, call.arguments) == ("read_file", {"path": "calc.py"})
    assert len(call.id) == 32
    usage = finished(chunks).usage
    assert (usage.prompt_tokens, usage.answer_tokens, usage.cached_tokens) == tokens


@pytest.mark.parametrize("build", ["b7710", "b11549"])
async def test_a_limit_in_the_middle_of_llamacpps_call(build: str) -> None:
    async with talking() as (server, provider):
        server.say(recorded(f"llamacpp-{build}--cut_call"))
        chunks = await collect(provider)
    assert finished(chunks).reason == "length"
    # The limit may fall between the arguments and the end of the call, which is whole then.
    assert all(call.arguments == {"path": "calc.py"} for call in calls(chunks))


@pytest.mark.parametrize("build", ["b7710", "b11549"])
async def test_json_that_llamacpp_enforced(build: str) -> None:
    async with talking() as (server, provider):
        server.say(recorded(f"llamacpp-{build}--schema"))
        chunks = await collect(provider, format={"type": "object"})
    assert json.loads(text(chunks)) == {"answer": "The sum is mended."}


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("b7710--overflow", WindowExceeded, "20020 tokens.*2048.*`-c`"),
        ("b11549--overflow", WindowExceeded, "20026 tokens.*2048.*`-c`"),
        ("b7710-nojinja--tools", ToolsUnsupported, "restart llama-server with `--jinja`"),
        ("b7710--template", ToolsUnsupported, r"\(Conversation roles must [^:]*/\.\.\.\): give"),
        ("b11549--template", ToolsUnsupported, r"\(Conversation roles must [^:]*/\.\.\.\): give"),
        ("b11549--grammar", ToolsUnsupported, "cannot hold .* to a form of answer"),
        ("b11549--image", ModelError, "cannot be shown images: .*`--mmproj`"),
    ],
)
async def test_refusals_of_llamacpp(name: str, kind: type[ModelError], said: str) -> None:
    async with talking() as (server, provider):
        server.say(recorded(f"llamacpp-{name}"))
        with pytest.raises(kind, match=said):
            await collect(provider)
