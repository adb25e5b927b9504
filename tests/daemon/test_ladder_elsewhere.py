"""The ladder on a server that speaks OpenAI's protocol: it is the same there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from arriero.agent.request import RunRequest
from arriero.daemon.hub import Hub
from arriero.sessions.events import RunEnded, StepEnded
from daemon.bench import DiskEditor
from models.openai_server import LOADING, MODEL, StandIn, Turn, chunk, fragment, frame, refused

EDIT = {"path": "a.txt", "old_string": "two", "new_string": "2"}
NATIVE = Turn([{"tool_calls": [fragment("edit_file", json.dumps(EDIT), id="c", index=0)]}])
PRINTED = Turn(
    [{"content": f"<tool_call>\n{json.dumps({'name': 'edit_file', 'arguments': EDIT})}\n"},
     {"content": "</tool_call>"}]
)  # fmt: skip
FORCED = Turn([{"content": json.dumps({"tool": "edit_file", "arguments": EDIT})}])
NO_TOOLS = Turn(status=500, body=refused(500, "tools param requires --jinja flag"))
UNREADABLE = Turn(
    status=500, body=refused(500, "Failed to parse input at pos 12: <tool_call>{oops")
)
NO_STREAM = Turn(status=500, body=refused(500, "Cannot use tools with stream"))
MISMATCH = frame(
    refused(500, "The model produced output that does not match the expected peg-native format")
)
GIVEN_UP = Turn(raw=chunk({"content": "Well, "}) + MISMATCH)
NOT_WHOLE = Turn(raw=chunk({"content": '{"tool": '}) + MISMATCH)
NO_GRAMMAR = Turn(
    status=400,
    body=refused(400, "Unable to generate parser for this template. JSON schema error at #: x"),
)
BUSY = Turn(status=503, body=refused(503, "no slot available", "unavailable_error"))
WRONG = Turn([{"tool_calls": [fragment("edit_file", "{}", id="c", index=0)]}])
DONE = Turn([{"content": "Done."}])
FORCED_DONE = Turn([{"content": '{"answer": "Done."}'}])
REFUSED = (NO_TOOLS, UNREADABLE, NO_STREAM, GIVEN_UP, NOT_WHOLE, NO_GRAMMAR, BUSY, LOADING)


@pytest.mark.parametrize(
    ("tools", "turns", "rungs"),
    [
        pytest.param("auto", [NATIVE, DONE], ["native", "native"], id="native"),
        pytest.param("auto", [PRINTED, DONE], ["native", "native"], id="rescued"),
        pytest.param("auto", [NO_TOOLS, PRINTED, DONE], ["prompted"] * 2, id="no tools there"),
        pytest.param("auto", [UNREADABLE, PRINTED, DONE], ["prompted"] * 2, id="parser error"),
        pytest.param("auto", [NO_STREAM, PRINTED, DONE], ["prompted"] * 2, id="no streamed tools"),
        pytest.param("auto", [GIVEN_UP, PRINTED, DONE], ["prompted"] * 2, id="given up"),
        pytest.param("auto", [LOADING, NATIVE, LOADING, DONE], ["native"] * 2, id="loading"),
        pytest.param("auto", [BUSY, NATIVE, DONE], ["native"] * 2, id="no slot"),
        pytest.param(
            "auto",
            [*[WRONG] * 4, NO_GRAMMAR, PRINTED, DONE],
            [*["native"] * 2, *["prompted"] * 4],
            id="no grammar",
        ),
        pytest.param(
            "auto",
            [*[WRONG] * 4, NOT_WHOLE, PRINTED, DONE],
            [*["native"] * 2, *["prompted"] * 4],
            id="no whole JSON",
        ),
        pytest.param(
            "auto",
            [WRONG, WRONG, WRONG, WRONG, FORCED, FORCED_DONE],
            ["native", "native", "prompted", "prompted", "constrained", "constrained"],
            id="down to the schema",
        ),
        pytest.param("text", [PRINTED, DONE], ["prompted"] * 2, id="set to text"),
        pytest.param("schema", [FORCED, FORCED_DONE], ["constrained"] * 2, id="set to schema"),
    ],
)
async def test_every_rung(
    tmp_path: Path, tools: str, turns: Sequence[Turn], rungs: Sequence[str]
) -> None:
    root = tmp_path / "work"
    root.mkdir()
    file = root / "a.txt"
    file.write_text("one\ntwo\n")
    editor = DiskEditor()
    hub = Hub(tmp_path / "state", tmp_path / "cache")
    async with StandIn() as server:
        server.say(*turns)
        await hub.open()
        try:
            attachment = await hub.attach([str(root)], editor)
            entry: dict[str, Any] = {"kind": "openai", "base_url": server.base_url, "tools": tools}
            await attachment.set_editor_settings(
                {"provider": "llamacpp", "model": MODEL, "providers": {"llamacpp": entry}},
                trusted=True,
            )
            run = await attachment.start(RunRequest("do it", "agent", "Do it", apply="auto"))
            result = await asyncio.wait_for(run.wait(), 60)
        finally:
            await hub.close()
    assert (result.stop_reason, result.message, result.applied) == ("end_turn", "Done.", True)
    assert file.read_text() == "one\n2\n"
    steps = [event.body for event in editor.events if isinstance(event.body, StepEnded)]
    assert [step.rung for step in steps] == list(rungs)
    assert steps[-1].cached_tokens == 40
    assert isinstance(editor.events[-1].body, RunEnded) or editor.events
    sent = [json.loads(request.body) if isinstance(request.body, bytes) else request.body
            for request in server.chats]  # fmt: skip
    asked = [body for body, turn in zip(sent, turns, strict=True) if turn not in REFUSED]
    for body, rung in zip(asked, rungs, strict=True):
        assert ("tools" in body) is (rung == "native")
        assert ("response_format" in body) is (rung == "constrained")
        assert "tool_choice" not in body
