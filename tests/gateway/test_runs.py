"""Requests that are answered by a run with our tools."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

from agent.fakes import FakeEditor
from arriero.gateway import allowlist
from arriero.gateway.continuing import Continuing
from arriero.models.rehearsal import Call, Fault, Hold, Simulator, Turn
from arriero.models.types import Message
from gateway.gateway_server import events, folded, places, running, whole
from gateway.loops import ON_BOTH_LOOPS

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
WRITE = Call("write_file", {"path": "b.txt", "content": "two\n"})
LIST = Call("list_directory", {"path": "."})


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places(tmp_path, monkeypatch)


async def test_steps_are_reasoning_and_the_words_are_the_answer(tmp_path: Path) -> None:
    turns = (Turn("Let me look.", calls=[LIST]), Turn("Nothing is there."))
    async with Simulator(turns * 2) as simulator, running(tmp_path, simulator) as gateway:
        answer = whole((await gateway.chat("What is there?")).json())
        assert (answer["content"], answer["reason"]) == ("Nothing is there.", "stop")
        assert "Let me look." in answer["thinking"]
        assert "List" in answer["thinking"]
        streamed = await gateway.chat("What is there?", stream=True)
        assert folded(events(streamed.text)) == answer


async def test_steps_can_be_hidden(tmp_path: Path) -> None:
    turns = (Turn("Let me look.", calls=[LIST]), Turn("Nothing is there."))
    async with (
        Simulator(turns) as simulator,
        running(tmp_path, simulator, show_steps=False) as gateway,
    ):
        answer = whole((await gateway.chat("What is there?")).json())
        assert (answer["content"], answer["thinking"]) == ("Nothing is there.", "")


async def test_a_long_answer_flows(tmp_path: Path) -> None:
    """It is shown before it is known that no call follows."""
    hold = Hold(after=200)
    words = [f"word{number} " for number in range(300)]
    async with (
        Simulator([Turn(words, holds=[hold])]) as simulator,
        running(tmp_path, simulator) as gateway,
    ):
        body = {"model": "rehearsal", "messages": [{"role": "user", "content": "Tell."}]}
        seen = ""
        async with gateway.http.stream(
            "POST", "/v1/chat/completions", json={**body, "stream": True}
        ) as answer:
            async for piece in answer.aiter_text():
                seen += piece
                if "word150 " in seen:
                    hold.release()
        assert folded(events(seen))["content"] == "".join(words)


@pytest.mark.parametrize("apply", ["auto", "never"])
@ON_BOTH_LOOPS
async def test_edits(tmp_path: Path, apply: str) -> None:
    """They are in the file when the answer is there, with a checkpoint; or nowhere."""
    turns = (Turn(calls=[WRITE]), Turn("Written."))
    async with (
        Simulator(turns) as simulator,
        running(tmp_path, simulator, apply=apply) as gateway,
    ):
        answer = whole((await gateway.chat("Write two.")).json())
        assert answer["content"] == "Written."
        written = gateway.folder / "b.txt"
        assert written.exists() is (apply == "auto")
        (session,) = await gateway.hub.store.sessions([str(gateway.folder)])
        proposal = await gateway.hub.proposals.get(session.runs[0].run_id)
        states = {hunk.state for hunk in proposal.hunks}
        assert states == {"accepted" if apply == "auto" else "open"}


async def test_the_next_question_goes_on_in_the_session(tmp_path: Path) -> None:
    """Clients send all of it each time; the model still knows what it called and saw."""
    turns = (Turn(calls=[LIST]), Turn("Nothing."), Turn("As I said."))
    async with Simulator(turns) as simulator, running(tmp_path, simulator) as gateway:
        await gateway.chat("What is there?")
        said = {"role": "assistant", "content": "Nothing. "}
        await gateway.chat("What is there?", said, "Sure?")
        roles = [m["role"] for m in (simulator.chats[-1].body or {})["messages"]]
        assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
        assert len(await gateway.hub.store.sessions([str(gateway.folder)])) == 1


TITLE = {"role": "system", "content": "You are a title generator. You output ONLY a thread title."}
CALLED = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    ],
}
SUNNY = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}


@pytest.mark.parametrize(
    ("said", "model", "header", "run"),
    [
        (["What is there?"], "rehearsal", None, True),
        (["What is there?"], "rehearsal+plain", None, False),
        (["What is there?"], "+plain", None, False),
        (["What is there?"], "rehearsal", "never", False),
        (["What is there?"], "rehearsal+plain", "auto", True),
        ([TITLE, "What is there?"], "rehearsal", None, False),
        ([TITLE, "What is there?"], "rehearsal", "auto", True),
        (["Rome?", CALLED, SUNNY, "Sum it up."], "rehearsal", None, False),
    ],
)
async def test_who_wants_words_gets_no_run(
    tmp_path: Path, said: list[Any], model: str, header: str | None, run: bool
) -> None:
    async with Simulator([Turn("Words.")]) as simulator, running(tmp_path, simulator) as gateway:
        if header:
            gateway.http.headers["X-Arriero-Tools"] = header
        answer = await gateway.chat(*said, model=model)
        assert whole(answer.json())["content"] == "Words."
        assert answer.json()["model"] == model
        assert bool((simulator.chats[-1].body or {}).get("tools")) is run


async def test_an_agents_conversation_is_its_own(tmp_path: Path) -> None:
    """What began with tools of the client's and goes on without is no run of ours."""
    turns = [Turn("One."), Turn("A summary."), Turn("Another.")]
    async with Simulator(turns) as simulator, running(tmp_path, simulator) as gateway:
        await gateway.chat("Look at it.", tools=[WEATHER])
        said = {"role": "assistant", "content": "One."}
        await gateway.chat("Look at it.", said, "Sum it up.")
        assert not (simulator.chats[-1].body or {}).get("tools")
        await gateway.chat("Something else.")
        assert (simulator.chats[-1].body or {}).get("tools")


async def test_a_header_cannot_have_tools_where_there_are_to_be_none(tmp_path: Path) -> None:
    async with (
        Simulator([Turn("Words.")]) as simulator,
        running(tmp_path, simulator, inject_tools="never") as gateway,
    ):
        gateway.http.headers["X-Arriero-Tools"] = "always"
        await gateway.chat("Look.", model="rehearsal+tools")
        assert not (simulator.chats[-1].body or {}).get("tools")
        gateway.http.headers["X-Arriero-Tools"] = "perhaps"
        refused = await gateway.chat("Look.")
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "X-Arriero-Tools")


async def test_how_answers_are_drawn_reaches_a_run(tmp_path: Path) -> None:
    turns = (Turn(calls=[LIST]), Turn("Nothing."), Turn("Nothing."))
    async with Simulator(turns) as simulator, running(tmp_path, simulator) as gateway:
        told = {"temperature": 0.25, "top_p": 0.5, "seed": 7, "stop": ["END"], "max_tokens": 100}
        await gateway.chat("What is there?", **told)
        for chat in simulator.chats:
            options = (chat.body or {})["options"]
            assert {**options, "num_ctx": None} == {
                "temperature": 0.25, "top_p": 0.5, "seed": 7, "stop": ["END"], "num_predict": 100,
                "num_ctx": None,
            }  # fmt: skip
        await gateway.chat("And now?", max_tokens=900_000)
        assert (simulator.chats[-1].body or {})["options"]["num_predict"] == 4096


def test_each_message_of_a_long_conversation_is_read_once() -> None:
    read: list[str] = []

    class Content(str):
        __slots__ = ()

        def strip(self, chars: str | None = None) -> str:
            read.append(self)
            return super().strip(chars)

    known = Continuing()
    roles: tuple[Literal["user", "assistant"], ...] = ("user", "assistant")
    said = [Message(role, Content(f" {n} ")) for n in range(50) for role in roles]
    assert known.find("p", said) == (None, 0)
    assert len(read) == len(said)
    known.remember("p", said[:3], "1", (), "ses_1")  # the fourth, as it was answered here
    known.remember("p", said[:7], "3", (), "ses_2")
    assert known.find("p", said) == ("ses_2", 8)
    assert known.find("p", said[:7]) == ("ses_1", 4)
    assert known.find("q", said) == (None, 0)


def test_a_session_is_its_owners_alone() -> None:
    known = Continuing()
    said = [Message("user", "Hi")]
    known.remember("ann", said, "Hello.", (), "session_1")
    later = [*said, Message("assistant", " Hello. "), Message("user", "And?")]
    assert known.find("ann", later) == ("session_1", 2)
    assert known.find("ben", later) == (None, 0)


async def test_a_conversation_from_elsewhere_is_told(tmp_path: Path) -> None:
    async with (
        Simulator([Turn("Ann.")]) as simulator,
        running(tmp_path, simulator) as gateway,
    ):
        system = {"role": "system", "content": "Answer in one word."}
        said = {"role": "assistant", "content": "Hello, Ann."}
        await gateway.chat(system, "I am Ann.", said, "Who am I?")
        prompt = (simulator.chats[-1].body or {})["messages"][-1]["content"]
        for words in ("Answer in one word.", "I am Ann.", "Hello, Ann.", "Who am I?"):
            assert words in prompt


async def test_tools_of_both(tmp_path: Path) -> None:
    """Ours are executed here, in the same answer the client's is handed on, and the run goes on."""
    turns = (
        Turn("I look.", calls=[LIST]),
        Turn("And ask.", calls=[Call("weather", {"city": "Rome"})]),
        Turn("Empty and sunny."),
    )
    async with (
        Simulator(turns) as simulator,
        running(tmp_path, simulator, inject_tools="always") as gateway,
    ):
        first = (await gateway.chat("Look and ask.", tools=[WEATHER])).json()
        answer = whole(first)
        assert answer["calls"] == [["weather", '{"city":"Rome"}']]
        assert (answer["reason"], answer["content"]) == ("tool_calls", "And ask.")
        message = first["choices"][0]["message"]
        call_id = message["tool_calls"][0]["id"]
        result = {"role": "tool", "tool_call_id": call_id, "content": "sunny"}
        second = await gateway.chat("Look and ask.", message, result, tools=[WEATHER])
        assert whole(second.json())["content"] == "Empty and sunny."
        sent = (simulator.chats[-1].body or {})["messages"]
        assert [m["role"] for m in sent][-3:] == ["assistant", "tool", "user"]
        assert "sunny" in sent[-1]["content"]


async def test_a_failed_run_is_an_error(tmp_path: Path) -> None:
    turns = [Turn(fault=Fault("status", text="no luck"))] * 5
    async with Simulator(turns) as simulator, running(tmp_path, simulator) as gateway:
        answer = await gateway.chat("Hi")
        assert answer.status_code == 502
        assert "no luck" in answer.json()["error"]["message"]


async def test_a_limit_of_steps(tmp_path: Path) -> None:
    turns = [Turn(calls=[LIST])] * 5
    async with (
        Simulator(turns) as simulator,
        running(tmp_path, simulator, max_iterations=1) as gateway,
    ):
        answer = whole((await gateway.chat("Hi")).json())
        assert answer["reason"] == "length"
        assert "Stopped after 1 steps" in answer["content"]


@ON_BOTH_LOOPS
async def test_who_leaves_ends_the_run(tmp_path: Path) -> None:
    hold = Hold(after=1)
    async with (
        Simulator([Turn(["One ", "two"], thinking=["Hm"], holds=[hold])]) as simulator,
        running(tmp_path, simulator) as gateway,
    ):
        asking = asyncio.ensure_future(gateway.chat("Hi"))
        await asyncio.wait_for(hold.reached.wait(), 10)
        assert len(gateway.hub.runs.all) == 1
        asking.cancel()
        await asyncio.wait([asking])
        await gateway.http.aclose()

        async def ended() -> None:
            while gateway.hub.runs.all:
                await asyncio.sleep(0.005)

        await asyncio.wait_for(ended(), 5)
        (session,) = await gateway.hub.store.sessions([str(gateway.folder)])
        assert session.runs[0].stop_reason == "cancelled"


PLACES: list[tuple[str, int]] = [
    ("{work}", 200),
    ("{work}/sub", 200),
    ("{allowed}", 200),
    ("{work}/../work/sub", 200),
    ("{base}", 403),
    ("{work}/missing", 403),
    ("{work}/escape", 403),
    ("sub", 403),
    ("/etc", 403),
]


@pytest.mark.parametrize(("named", "status"), PLACES)
async def test_workspaces(tmp_path: Path, named: str, status: int) -> None:
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    async with (
        Simulator([Turn("Here.")]) as simulator,
        running(tmp_path, simulator, allowed_dirs=[str(allowed)]) as gateway,
    ):
        (gateway.folder / "sub").mkdir()
        (gateway.folder / "escape").symlink_to("/etc")
        path = named.format(work=gateway.folder, allowed=allowed, base=tmp_path)
        body = {"model": "rehearsal", "messages": [{"role": "user", "content": "Where?"}]}
        answer: httpx.Response = await gateway.http.post(
            "/v1/chat/completions", json=body, headers={"x-arriero-workspace": path}
        )
        assert answer.status_code == status, answer.text
        if status == 200:
            prompt = json.dumps((simulator.chats[-1].body or {})["messages"][0])
            assert str(Path(path).resolve()) in prompt


async def test_no_commands(tmp_path: Path) -> None:
    async with (
        Simulator([Turn("Ok.")]) as simulator,
        running(tmp_path, simulator, commands=False) as gateway,
    ):
        await gateway.chat("Run it.")
        names = {t["function"]["name"] for t in (simulator.chats[-1].body or {})["tools"]}
        assert "read_file" in names
        assert not names & {"run_command", "run_python"}


@ON_BOTH_LOOPS
async def test_only_listed_programs(tmp_path: Path) -> None:
    turns = (
        Turn(calls=[Call("run_command", {"command": "echo listed"})]),
        Turn(calls=[Call("run_command", {"command": "cat /etc/hosts"})]),
        Turn("Done."),
    )
    async with (
        Simulator(turns) as simulator,
        running(tmp_path, simulator, command_allowlist=["echo"]) as gateway,
    ):
        await gateway.chat("Run them.")
        results = [
            m["content"]
            for m in (simulator.chats[-1].body or {})["messages"]
            if m["role"] == "tool"
        ]
        assert "listed" in results[0]
        assert "refused" in results[1]


COMMANDS: list[tuple[str, Mapping[str, Any], bool]] = [
    ("run_command", {"command": "pytest -q tests"}, True),
    ("run_command", {"command": "ls 'a b'"}, True),
    ("run_command", {"command": "rm -rf ."}, False),
    ("run_command", {"command": "pytest; rm -rf ."}, False),
    ("run_command", {"command": "pytest\nrm -rf ."}, False),
    ("run_command", {"command": "pytest && rm x"}, False),
    ("run_command", {"command": "pytest $(rm x)"}, False),
    ("run_command", {"command": "pytest `rm x`"}, False),
    ("run_command", {"command": "pytest > x"}, False),
    ("run_command", {"command": "./pytest"}, False),
    ("run_command", {"command": "PATH=. pytest"}, False),
    ("run_command", {"command": "'pytest"}, False),
    ("run_command", {"command": ""}, False),
    ("run_command", {}, False),
    ("run_python", {"code": "1"}, False),
    ("other", {"command": "pytest"}, False),
]


@pytest.mark.parametrize(("tool", "arguments", "expected"), COMMANDS)
def test_the_list_of_programs(tool: str, arguments: Mapping[str, Any], expected: bool) -> None:
    assert allowlist.allowed(tool, arguments, {"pytest", "ls"}) is expected


def test_python_is_a_program() -> None:
    assert allowlist.allowed("run_python", {"code": "1"}, {"python"})


async def test_an_editor_with_the_folder_open_takes_the_edits(tmp_path: Path) -> None:
    """The text that it has is what the run sees, and the edit is the editor's."""
    turns = (Turn(calls=[WRITE]), Turn("Written."))
    async with Simulator(turns) as simulator, running(tmp_path, simulator) as gateway:
        editor = FakeEditor()
        await gateway.hub.attach([str(gateway.folder)], editor)
        await gateway.chat("Write two.")
        assert not (gateway.folder / "b.txt").exists()
        assert [type(one).__name__ for c in editor.applied for one in c.changes] == ["CreateFile"]
