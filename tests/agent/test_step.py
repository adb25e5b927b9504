"""One answer: what is asked again, in which form, and what of it the history keeps."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.bench import Bench
from agent.fakes import Turn, call, calls, say
from arriero.agent.history import rebuild
from arriero.agent.loop import Ending
from arriero.agent.unfinished import NUDGE, what_to_say
from arriero.models.errors import (
    CallUnreadable,
    ModelError,
    ProviderUnavailable,
    StreamBroken,
    ToolsUnsupported,
)
from arriero.models.types import Finished, Message, TextChunk, ThinkingChunk, Usage
from arriero.sessions.events import (
    Event,
    Notice,
    Nudged,
    RunStarted,
    StepEnded,
    StepRetried,
    ToolEnded,
)

NOTHING: Turn = [Finished("stop", Usage())]
THOUGHT: Turn = [ThinkingChunk("hm"), Finished("length", Usage(10, 4096))]
CUT: Turn = [TextChunk("I will"), StreamBroken("cut")]
WORDS = "the same words again and again and again; " * 200
READ = '<tool_call>\n{"name": "read_file", "arguments": {"path": "a.txt"}}\n</tool_call>'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    (root / "a.txt").write_text("one\ntwo\n")
    return root


@pytest.mark.parametrize(
    ("turns", "reasons"),
    [
        pytest.param([CUT, say("ok")], ["its answer broke off"], id="cut"),
        pytest.param([CUT, CUT, say("ok")], ["its answer broke off"] * 2, id="cut twice"),
        pytest.param([NOTHING, say("ok")], ["its answer was empty"], id="empty"),
        pytest.param([NOTHING, NOTHING, say("ok")], ["its answer was empty"] * 2, id="empty twice"),
        pytest.param(
            [THOUGHT, say("ok")],
            ["it only thought until its answer was full"],
            id="thought until full",
        ),
        pytest.param([[TextChunk(WORDS)], say("ok")], ["it repeated itself"], id="repeated"),
        pytest.param(
            [[ThinkingChunk(WORDS)], say("ok")], ["it repeated itself"], id="repeated in thinking"
        ),
        pytest.param(
            [CUT, NOTHING, say("ok")],
            ["its answer broke off", "its answer was empty"],
            id="one after the other",
        ),
    ],
)
async def test_asked_again(root: Path, turns: list[Turn], reasons: list[str]) -> None:
    bench = Bench(root, turns)
    assert await bench.run() == Ending("end_turn", "ok")
    assert [b.reason for b in bench.bodies if isinstance(b, StepRetried)] == reasons
    started = RunStarted("do", "do it", "agent", "m", "p", "sys")
    events = [Event(n, "s", "r", 0.0, body) for n, body in enumerate([started, *bench.bodies])]
    assert rebuild(events).messages[-1] == Message("assistant", "ok")


async def test_the_same_request_is_not_sent_again(root: Path) -> None:
    bench = Bench(root, [NOTHING, THOUGHT, say("ok")])
    await bench.run()
    first, second, third = bench.provider.requests
    assert (first.temperature, second.temperature) == (None, 0.8)
    assert third.think is False


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ToolsUnsupported("no tools"), "cannot give this model tools"),
        (CallUnreadable("parser", text="<x>"), "could not read the model's tool call"),
    ],
)
async def test_another_form_in_the_middle_of_a_run(
    root: Path, error: ModelError, sentence: str
) -> None:
    turns: list[Turn] = [
        calls(call("read_file", "c1", path="a.txt")),
        [TextChunk("half a call"), error],
        [TextChunk(READ), Finished("stop", Usage(10, 5))],
        say("Done."),
    ]
    bench = Bench(root, turns)
    assert await bench.run() == Ending("end_turn", "Done.")
    assert [r.tools == () for r in bench.provider.requests] == [False, False, True, True]
    assert any(isinstance(b, Notice) and sentence in b.text for b in bench.bodies)
    prompted = bench.provider.requests[2].messages
    assert "read_file" in prompted[0].content
    assert "<tool_response" in prompted[-1].content  # nothing of the history is lost
    assert [b.rung for b in bench.bodies if isinstance(b, StepEnded)] == [
        "native", "prompted", "prompted",
    ]  # fmt: skip
    assert sum(isinstance(b, ToolEnded) and b.status == "ok" for b in bench.bodies) == 2


async def test_calls_that_cannot_be_used_lead_to_another_form(root: Path) -> None:
    wrong = [calls(call("look_at", f"c{n}", file=n)) for n in range(4)]
    answer = '{"answer": "Done."}'
    bench = Bench(root, [*wrong, [TextChunk(answer), Finished("stop", Usage(10, 5))]])
    assert await bench.run() == Ending("end_turn", "Done.")
    forms = [
        ("tools" if r.tools else "format" if r.format else "text") for r in bench.provider.requests
    ]
    assert forms == ["tools", "tools", "text", "text", "format"]


async def test_an_announcement_is_answered(root: Path) -> None:
    turns: list[Turn] = [
        say("I'll read the file first."),
        calls(call("read_file", "c1", path="a.txt")),
        say("It has two lines."),
    ]
    bench = Bench(root, turns)
    assert await bench.run() == Ending("end_turn", "It has two lines.")
    assert Nudged(1, NUDGE) in bench.bodies
    assert bench.provider.requests[1].messages[-1] == Message("user", NUDGE)
    started = RunStarted("do", "do it", "agent", "m", "p", "sys")
    events = [Event(n, "s", "r", 0.0, body) for n, body in enumerate([started, *bench.bodies])]
    sent = list(bench.provider.requests[-1].messages)
    assert rebuild(events).messages == [*sent, Message("assistant", "It has two lines.")]


async def test_a_circle_is_left(root: Path) -> None:
    bench = Bench(root, [calls(call("read_file", path="a.txt"))] * 8)
    ending = await bench.run()
    assert ending.stop_reason == "max_turn_requests"
    assert "read_file" in ending.message
    assert len(bench.provider.requests) == 4
    told = [b.result for b in bench.bodies if isinstance(b, ToolEnded)]
    assert told[2] != told[1], "the model is told that it repeats itself"


async def test_what_a_model_invents_is_not_waited_for(root: Path) -> None:
    invented = TextChunk('\n<tool_response name="read_file">\nlies')
    turns: list[Turn] = [
        [ToolsUnsupported("no tools")],
        [TextChunk(READ), invented, asyncio.Event(), TextChunk("more lies")],
        say("Done."),
    ]
    bench = Bench(root, turns)
    assert await bench.run() == Ending("end_turn", "Done.")
    assert bench.provider.closed_early == 2, "the refused request, and the one with the lies"
    assert "lies" not in str(bench.provider.requests[-1].messages)


async def test_what_asking_again_does_not_help(root: Path) -> None:
    bench = Bench(root, [[ProviderUnavailable("gone")]])
    with pytest.raises(ProviderUnavailable):
        await bench.run()
    assert len(bench.provider.requests) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'll read the file first.", True),
        ("Let me look at the tests:", True),
        ("I will now run the tests.", True),
        ("First, I need to see main.py", True),
        ("Here is what comes next:", True),
        ("I'm going to fix the bug now.", True),
        ("I fixed the bug and ran the tests; all pass.", False),
        ("Let me know if you want more.", False),
        ("I fixed it. I'll be happy to help with more.", False),
        ("Should I also change the docs? I will wait.", True),
        ("Which file do you mean?", False),
        ("I will do it if you agree.", False),
        ("", False),
        ("The loop will end when i is 3.", False),
        ("I'll explain.\n\nThe function adds two numbers.", False),
        ("long " * 500 + "I will go on.", False),
    ],
)
def test_announcements(text: str, expected: bool) -> None:
    assert (what_to_say(text, TOOLS) == NUDGE) is expected


TOOLS = ("read_file", "edit_file")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('<tool_call>\n{"name": "patch", "arguments": {}}\n</tool_call>', "patch"),
        ('Now.\n[TOOL_CALLS] [{"name": "patch", "arguments": {}}]', "patch"),
        ("<function=patch>\n<parameter=a>\n", "patch"),
        ('<invoke name="patch">', "patch"),
        ('{"name": "patch", "arguments": {"a": 1}}', "patch"),
        ('```json\n{"name": "patch", "parameters": {}}\n```', "patch"),
        ('{"name": "Ann", "age": 3}', None),
        ('The file begins with `{"name": "patch", "arguments"`.', None),
        ("A call has the form <tool_call>…</tool_call>.", None),
        ('<tool_call>\n{"name": "read_file"', None),
    ],
)
def test_a_printed_call_of_a_tool_that_does_not_exist(text: str, name: str | None) -> None:
    words = what_to_say(text, TOOLS)
    if name is None:
        assert words == ""
    else:
        assert words.startswith(f"There is no tool '{name}' here. The tools are: edit_file, read_f")


async def test_announcements_only_lead_to_another_form(root: Path) -> None:
    announced = say("I will now read the file.")
    bench = Bench(root, [announced] * 7)
    assert await bench.run() == Ending("end_turn", "I will now read the file.")
    forms = [
        "tools" if r.tools else "format" if r.format else "text" for r in bench.provider.requests
    ]
    assert forms == ["tools"] * 2 + ["text"] * 2 + ["format"] * 3
