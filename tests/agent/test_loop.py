"""The loop against a scripted model: order, endings, cancelling, and what the model is sent."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent.bench import Bench
from agent.fakes import Turn, call, calls, say
from arriero.agent.history import LOST_RESULT, rebuild
from arriero.agent.loop import Ending
from arriero.agent.toolcalls import BrokenCall
from arriero.models.errors import StreamBroken
from arriero.models.types import (
    Finished,
    Message,
    TextChunk,
    ThinkingChunk,
    ToolCall,
    Usage,
)
from arriero.sessions.events import (
    Event,
    EventBody,
    PermissionAnswered,
    PermissionAsked,
    RunEnded,
    RunStarted,
    StepEnded,
    StepRetried,
    Text,
    Thought,
    ToolEnded,
    ToolStarted,
)
from arriero.settings.permissions import CommandPermission
from arriero.shadow.types import ShadowKind


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    return tmp_path


async def test_words_then_two_calls_then_the_end(root: Path) -> None:
    bench = Bench(
        root,
        [
            [
                ThinkingChunk("hm"),
                TextChunk("I look"),
                call("read_file", "x", path="a.txt"),
                call("read_file", "y", path="nope.txt"),
                Finished("stop", Usage(100, 20, 1, 2, 3)),
            ],
            calls(call("edit_file", "z", path="a.txt", old_string="two", new_string="2")),
            say("Done."),
        ],
    )
    assert await bench.run() == Ending("end_turn", "Done.")
    kinds = [type(body) for body in bench.bodies]
    assert kinds[:3] == [Thought, Text, StepEnded]
    assert kinds[3:7] == [ToolStarted, ToolEnded, ToolStarted, ToolEnded]
    assert bench.bodies[2] == StepEnded(1, 100, 20, 1, 2, 3, window=100_000)
    assert [end.status for end in bench.ends] == ["ok", "error", "ok"]
    assert "one" in bench.ends[0].result
    assert bench.ends[1].result.startswith("Error:")
    (diff,) = bench.ends[2].diffs
    assert (diff.old_text, diff.new_text) == ("one\ntwo\n", "one\n2\n")
    assert (root / "a.txt").read_text() == "one\ntwo\n", "only a proposal"


async def test_each_request_extends_the_one_before(root: Path) -> None:
    turns: list[Turn] = [calls(call("read_file", path="a.txt", offset=n + 1)) for n in range(4)]
    bench = Bench(root, [*turns, say("ok")])
    await bench.run()
    for earlier, later in pairwise(bench.provider.requests):
        assert later.messages[: len(earlier.messages)] == earlier.messages
        assert later.tools == earlier.tools
    ids = [c.id for m in bench.provider.requests[-1].messages for c in m.tool_calls]
    assert len(set(ids)) == len(ids) == 4


async def test_stored_events_rebuild_what_was_sent(root: Path) -> None:
    turns: list[Turn] = [
        [ThinkingChunk("a"), TextChunk("b"), *calls(call("read_file", path="a.txt"))],
        calls(call("list_directory", path="."), call("read_file", path="nope")),
        say("end"),
    ]
    bench = Bench(root, turns)
    await bench.run()
    bodies = [RunStarted("do", "do it", "agent", "m", "p", "sys"), *bench.bodies]
    events = [Event(n, "s", "r", 0.0, body) for n, body in enumerate(bodies)]
    sent = list(bench.provider.requests[-1].messages)
    assert rebuild(events).messages == [*sent, Message("assistant", "end")]


@pytest.mark.parametrize("cut", range(2, 9))
def test_a_conversation_that_was_cut_anywhere_is_whole(cut: int) -> None:
    bodies: list[EventBody] = [
        RunStarted("p", "first", "agent", "m", "p", "sys"),
        Text(1, "I "),
        Text(1, "look"),
        ToolStarted(1, "c1", "read_file", {"path": "a"}, "", "read"),
        ToolStarted(1, "c2", "read_file", {"path": "b"}, "", "read"),
        ToolEnded(1, "c2", "read_file", "ok", "B", 1),
        Text(2, "and"),
        RunEnded("interrupted", ""),
    ][:cut]
    bodies.append(RunStarted("p", "second", "agent", "m", "p"))
    messages = rebuild(Event(n, "s", "r", 0.0, body) for n, body in enumerate(bodies)).messages
    assert messages[0] == Message("system", "sys")
    assert messages[-1].role == "user"
    asked = [c.id for m in messages for c in m.tool_calls]
    assert [m.tool_call_id for m in messages if m.role == "tool"] == asked
    roles = [m.role for m in messages if m.role in ("user", "assistant")]
    assert all(a != b for a, b in pairwise(roles) if a == "user")
    if "c1" in asked:
        assert next(m for m in messages if m.tool_call_id == "c1").content == LOST_RESULT


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (call("fly", to="moon"), "there is no tool 'fly'"),
        (call("read_file"), "'path' is missing"),
        (call("read_file", path="../../etc/passwd"), "Error:"),
        (call("run_command", command=""), "Error:"),
    ],
)
async def test_a_bad_call_is_answered_and_the_run_goes_on(root: Path, sent: Any, said: str) -> None:
    bench = Bench(root, [calls(sent), say("ok")])
    assert (await bench.run()).stop_reason == "end_turn"
    (end,) = bench.ends
    assert end.status == "error"
    assert said in end.result


async def test_ask_mode_has_no_edits(root: Path) -> None:
    edit = call("write_file", path="b.txt", content="x")
    bench = Bench(root, [calls(edit), say("ok")], mode="ask")
    await bench.run()
    assert "there is no tool 'write_file'" in bench.ends[0].result


async def test_step_limit(root: Path) -> None:
    turns: list[Turn] = [calls(call("read_file", path="a.txt"))] * 3
    bench = Bench(root, turns, max_steps=3)
    ending = await bench.run()
    assert ending.stop_reason == "max_turn_requests"
    assert "agent.max_steps" in ending.message


@pytest.mark.parametrize(
    ("turn", "ending"),
    [
        (
            [TextChunk("half"), Finished("length", Usage())],
            Ending("max_tokens", "half"),
        ),
        (
            [TextChunk("I look.\n" + "Again. " * 80), Finished("length", Usage())],
            Ending(
                "max_tokens",
                "I look.\n" + "Again. " * 79 + "Again.\n\nThe model repeated itself until its "
                "answer reached its limit (agent.max_answer_tokens): ask again, or choose another "
                "model.",
            ),
        ),
        (
            [TextChunk("Again. " * 80), Finished("stop", Usage())],
            Ending("end_turn", "Again. " * 80),
        ),
        (
            [ThinkingChunk("hm"), Finished("length", Usage())],
            Ending(
                "max_tokens",
                "The model spent all 4,096 tokens of its answer on thinking: raise "
                "agent.max_answer_tokens, set agent.think to false, or choose another model.",
            ),
        ),
        (
            [Finished("stop", Usage())],
            Ending("error", "The model gave an empty answer. Ask again, or choose another model."),
        ),
    ],
)
async def test_endings(root: Path, turn: Turn, ending: Ending) -> None:
    assert await Bench(root, [turn] * 3).run() == ending


async def test_no_word_after_the_work(root: Path) -> None:
    nothing: Turn = [Finished("stop", Usage())]
    bench = Bench(root, [calls(call("read_file", path="a.txt")), *[nothing] * 3])
    told = "The model ended without a word: look at what it did."
    assert await bench.run() == Ending("end_turn", told)


async def test_an_error_in_the_stream_ends_the_run(root: Path) -> None:
    bench = Bench(root, [[TextChunk("half"), StreamBroken("cut")]] * 3)
    with pytest.raises(StreamBroken, match="cut"):
        await bench.run()
    assert bench.said == "half" * 3
    assert bench.bodies.count(StepRetried(1, "its answer broke off")) == 2


async def test_cancelling_closes_the_stream(root: Path) -> None:
    gate = asyncio.Event()
    bench = Bench(root, [[TextChunk("half"), gate, TextChunk("never")]])
    task = asyncio.create_task(bench.run())
    while not bench.bodies:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.provider.closed_early == 1
    assert bench.said == "half"


async def test_cancelling_a_command_leaves_a_result(root: Path) -> None:
    bench = Bench(root, [calls(call("run_command", command="sleep 9"))])
    bench.shadow.hang = True
    task = asyncio.create_task(bench.run())
    await asyncio.wait_for(bench.shadow.started.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.ends[0].status == "cancelled"


@pytest.mark.parametrize(
    ("commands", "kind", "answer", "asked", "status"),
    [
        ("auto", "overlay", "reject_once", 0, "ok"),
        ("auto", "copy", "allow_once", 2, "ok"),
        ("auto", "copy", "allow_always", 1, "ok"),
        ("auto", "none", "reject_once", 2, "refused"),
        ("auto", "none", "cancelled", 2, "refused"),
        ("ask", "overlay", "allow_once", 2, "ok"),
        ("allow", "none", "reject_once", 0, "ok"),
        ("deny", "overlay", "allow_once", 0, "refused"),
    ],
)
async def test_permission_for_commands(
    root: Path,
    commands: CommandPermission,
    kind: ShadowKind,
    answer: Any,
    asked: int,
    status: str,
) -> None:
    turn = calls(call("run_command", command="make\x1b[2J"))
    bench = Bench(root, [turn, turn, say("ok")], commands=commands, kind=kind)
    bench.editor.answer = answer
    assert (await bench.run()).stop_reason == "end_turn"
    assert len(bench.editor.questions) == asked
    assert [end.status for end in bench.ends] == [status, status]
    asked_bodies = [b for b in bench.bodies if isinstance(b, PermissionAsked)]
    answered = [b.answer for b in bench.bodies if isinstance(b, PermissionAnswered)]
    assert len(asked_bodies) == asked
    assert answered == [answer] * asked
    for question in bench.editor.questions:
        assert "make\\u001b[2J" in question.detail, "control characters are shown"
        assert "background" not in question.detail, "only what is not as always is asked about"


async def test_long_results_are_capped(root: Path) -> None:
    bench = Bench(
        root, [calls(call("run_command", command="x" * 5000)), say("ok")], result_chars=900
    )
    await bench.run()
    assert len(bench.ends[0].result) < 1000
    assert "characters left out" in bench.ends[0].result


def test_ids_of_calls_become_unique() -> None:
    from arriero.agent.loop import _unique

    used = {"a"}
    made = _unique(
        [ToolCall("a", "f", {}), ToolCall("", "f", {}), BrokenCall("f", "", "cut")], used
    )
    assert [unreadable for _, unreadable in made] == ["", "", "cut"]
    assert len({c.id for c, _ in made} | {"a"}) == 4
