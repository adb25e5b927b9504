"""The models that break on purpose: what they print can be read, and they read every form."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from arriero.agent.ladder import Rung, render
from arriero.agent.toolcalls import TextCallReader
from arriero.models.ollama import wire
from arriero.models.rehearsal import Asked, Call, Simulator, Turn
from arriero.models.rehearsal.broken import KINDS, BrokenModel
from arriero.models.rehearsal.broken.reading import Seen, read
from arriero.models.rehearsal.broken.solver import DONE, original, right_answer
from arriero.models.rehearsal.broken.wording import FAMILIES, Wording
from arriero.models.rehearsal.sample_script import SAMPLE_MODEL, SAMPLE_PROMPT, SPLIT_EDIT
from arriero.models.rehearsal.script import ToolResult
from arriero.models.types import ChatRequest, Message, ToolCall, ToolCallChunk, ToolSpec
from arriero.tools.registry import TOOLS, offered
from models.asking import USER, client, lines

CALLS = (SPLIT_EDIT.call, Call("run_command", {"command": "ls -la"}))
ALL_TOOLS = tuple(ToolSpec(tool.name, tool.description, tool.schema) for tool in offered("agent"))
RUNGS: tuple[Rung, ...] = ("native", "prompted", "constrained")


@pytest.mark.parametrize(
    "wording",
    [pytest.param(one, id=one.__name__) for family in FAMILIES.values() for one in family],
)
def test_what_is_printed_can_be_read(wording: Wording) -> None:
    reader = TextCallReader({name: tool.parameters.names for name, tool in TOOLS.items()})
    pieces = [*reader.feed(f"I do it.\n{wording(CALLS)}"), *reader.finish()]
    found = [piece.call for piece in pieces if isinstance(piece, ToolCallChunk)]
    said = [(call.name, dict(call.arguments)) for call in found]
    assert [(name, _stripped(arguments)) for name, arguments in said] == [
        (call.name, _stripped(call.arguments)) for call in CALLS
    ]


def _stripped(arguments: Any) -> dict[str, str]:
    """Some forms have no way to say whether a text ends with a line end."""
    return {key: str(value).rstrip("\n") for key, value in arguments.items()}


def asked(messages: Sequence[Message], rung: Rung) -> Asked:
    """Return a conversation as it comes over the wire."""
    request = render(ChatRequest("rehearsal", messages, tools=ALL_TOOLS), rung)
    body = json.loads(json.dumps(wire.chat_body(request)))
    names = tuple(tool["function"]["name"] for tool in body.get("tools") or ())
    return Asked("rehearsal", body["messages"], names, body)


def called(*calls: tuple[str, dict[str, str], str]) -> list[Message]:
    """Return an answer with calls, and their results."""
    made = tuple(ToolCall(f"c{n}", name, given) for n, (name, given, _) in enumerate(calls))
    results = [
        Message("tool", text, tool_name=name, tool_call_id=f"c{n}")
        for n, (name, _, text) in enumerate(calls)
    ]
    return [Message("assistant", "I look.", tool_calls=made), *results]


BEGUN = [Message("system", "You are an agent."), Message("user", SAMPLE_PROMPT)]
LOOKED = [*BEGUN, *called(("list_directory", {"path": "."}, "tally/\ntests/"))]
FAILED = [
    *LOOKED,
    *called(
        ("read_file", {"path": "a"}, "Error: a does not exist."),
        ("read_file", {"path": "b"}, "1\tbee"),
    ),
]


@pytest.mark.parametrize("rung", RUNGS)
def test_every_form_is_understood(rung: Rung) -> None:
    seen = read(asked(FAILED, rung))
    assert seen.form == rung
    assert {"edit_file", "read_file", "run_command"} <= set(seen.tools)
    found = [(one.name, dict(one.arguments), one.content) for one in seen.results]
    assert found[0] == ("list_directory", {"path": "."}, "tally/\ntests/")
    assert found[1:] == [
        ("read_file", {"path": "a"}, "Error: a does not exist."),
        ("read_file", {"path": "b"}, "1\tbee"),
    ]
    assert seen.newest == seen.results[1:]
    assert seen.is_warned
    assert not read(asked(LOOKED, rung)).is_warned


@pytest.mark.parametrize("rung", RUNGS)
def test_a_clean_model_answers_in_the_form_that_it_is_asked_in(rung: Rung) -> None:
    turn = BrokenModel("clean", 0).answer(asked(BEGUN, rung))
    if rung == "native":
        assert [call.name for call in turn.calls] == ["list_directory"]
    elif rung == "prompted":
        assert '<tool_call>\n{"name": "list_directory"' in "".join(turn.text)
    else:
        keys = read(asked(BEGUN, rung)).keys
        value = json.loads("".join(turn.text))
        assert value == {keys.tool: "list_directory", keys.arguments: {"path": "."}}


@pytest.mark.parametrize("nudged", ["Go on.", ""])
def test_a_nudge_is_a_warning(nudged: str) -> None:
    more = [Message("assistant", "I will."), Message("user", nudged)] if nudged else []
    assert read(asked([*LOOKED, *more], "native")).is_warned == bool(nudged)


def test_without_tools_it_says_what_it_can() -> None:
    plain = Asked("rehearsal", [{"role": "user", "content": SAMPLE_PROMPT}])
    turn = BrokenModel("clean", 0).answer(plain)
    assert "".join(turn.text)
    assert not turn.calls


def test_it_is_done_when_the_tests_are_green() -> None:
    seen = read(asked(BEGUN, "native"))
    for _ in range(12):
        answer = right_answer(seen)
        if not answer.calls:
            break
        seen = _answered(seen, answer.calls)
    assert answer.text == DONE


def _answered(seen: Seen, calls: Sequence[Call]) -> Seen:
    """Give each call the result of a workspace in which all goes well."""

    def result(call: Call) -> str:
        if call.name == "read_file":
            return original(call.arguments["path"])
        if call.name == "run_command":
            edited = any(one.name == "edit_file" for one in seen.results)
            return "OK" if edited else "FAILED (failures=1)"
        return "Done."

    new = tuple(ToolResult(call.name, call.arguments, result(call)) for call in calls)
    return replace(seen, results=(*seen.results, *new), newest=new)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_breaks_in_the_same_places(kind: str) -> None:
    one, other = BrokenModel(kind, 3), BrokenModel(kind, 3)
    for messages in (BEGUN, LOOKED, FAILED):
        question = asked(messages, "native")
        assert _said(one.answer(question)) == _said(other.answer(question))


def _said(turn: Turn) -> object:
    return turn.text, turn.thinking, [(c.name, c.arguments) for c in turn.calls], turn.fault


def test_there_are_many_kinds_and_each_has_a_habit_of_its_own() -> None:
    assert len(KINDS) >= 24
    plain = {"clean", "calls leak", "no tools"}
    for name, kind in KINDS.items():
        has_model = kind.model != SAMPLE_MODEL
        assert name in plain or kind.share > 0 or has_model, name


async def test_another_client_takes_the_model() -> None:
    async with Simulator([Turn("a"), Turn("b")]) as simulator, client(simulator) as http:
        body = {"model": "rehearsal", "messages": USER, "options": {"num_ctx": 4096}}
        await http.post("/api/chat", json=body)
        simulator.seize("rehearsal", 2048)
        (model,) = (await http.get("/api/ps")).json()["models"]
        assert model["context_length"] == 4096, "it comes between two requests"
        answer = lines(await http.post("/api/chat", json=body))
        assert answer[-1]["load_duration"] > 100_000_000
        assert len(simulator.loads) == 3


async def test_a_server_may_give_less_than_it_is_asked_for() -> None:
    small = replace(SAMPLE_MODEL, largest_window=1000)
    async with Simulator([Turn("a")], models=[small]) as simulator, client(simulator) as http:
        body = {"model": "rehearsal", "messages": USER, "options": {"num_ctx": 8192}}
        await http.post("/api/chat", json=body)
        (model,) = (await http.get("/api/ps")).json()["models"]
        assert model["context_length"] == 1000
        long = [{"role": "user", "content": "word " * 600}]
        refused = await http.post("/api/chat", json={**body, "messages": long})
        assert refused.status_code == 400
        assert len(simulator.loads) == 1


async def test_what_each_prompt_cost_is_counted() -> None:
    words = [{"role": "user", "content": "one two three"}, {"role": "assistant", "content": "four"}]
    async with Simulator([Turn("a")] * 3) as simulator, client(simulator) as http:
        for count in (1, 2, 2):
            body = {"model": "rehearsal", "messages": words[:count]}
            await asyncio.wait_for(http.post("/api/chat", json=body), 5)
        first, second, third = simulator.evaluations
        assert first.evaluated == first.tokens
        assert 0 < second.evaluated < second.tokens
        assert third.evaluated == 1
