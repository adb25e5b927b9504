"""The agent as Python programs have it: runs, streams, edits, permissions, own tools."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

import pytest

from api.conftest import MakeAgent
from arriero import Agent, Workspace, tool
from arriero.agent.editor import PermissionQuestion
from arriero.api.testing import Call, Rehearsal, Turn
from arriero.daemon.runs import RunRefused
from arriero.models.rehearsal import Hold
from arriero.sessions.events import RunEnded, RunStarted, ToolEnded
from arriero.workspace.errors import WorkspaceError

EDIT = Call("edit_file", {"path": "a.txt", "old_string": "two", "new_string": "2"})


def editing(model: Rehearsal) -> None:
    model.say(Turn(calls=[Call("read_file", {"path": "a.txt"})]), Turn(calls=[EDIT]), Turn("Done."))


def test_a_run_proposes_and_what_it_proposes_is_applied_and_undone(
    agent: MakeAgent, model: Rehearsal, folder: Path
) -> None:
    made = agent()
    editing(model)
    result = made.run("Make it a number.")
    assert (result.text, result.ok, result.applied) == ("Done.", True, False)
    assert [(step.tool, step.status) for step in result.steps] == [
        ("read_file", "ok"),
        ("edit_file", "ok"),
    ]
    assert result.diff.splitlines()[-3:] == [" one", "-two", "+2"]
    assert "a/a.txt" in result.diff
    assert result.edit is not None
    assert result.proposal is not None
    assert result.usage.prompt_tokens > result.usage.answer_tokens > 0
    assert (folder / "a.txt").read_text() == "one\ntwo\n"
    assert made.apply(result)
    assert (folder / "a.txt").read_text() == "one\n2\n"
    assert made.undo(result)
    assert (folder / "a.txt").read_text() == "one\ntwo\n"
    workspace = made.workspace
    assert workspace.redo(result.run_id, files=["a.txt"]).applied
    assert (folder / "a.txt").read_text() == "one\n2\n"
    (changed,) = workspace.changed_runs(result.session_id)
    assert (changed.run_id, changed.files[0].applied) == (result.run_id, ("1",))
    assert workspace.undo([result.run_id], hunks=["1"]).runs[0].hunks == ("1",)
    assert (folder / "a.txt").read_text() == "one\ntwo\n"


async def test_a_run_that_changes_nothing_has_nothing_to_apply_or_undo(
    agent: MakeAgent, model: Rehearsal
) -> None:
    model.say(Turn("There is nothing to do."))
    made = agent()
    result = made.run("Make it a number.")
    assert result.proposal is None
    assert not made.apply(result)
    assert not await made.aapply(result)
    assert not made.undo(result)
    assert not await made.aundo(result)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"mode": "fly"}, "There is no mode 'fly'; the modes are: ask, edit, agent, plan."),
        ({"apply": "now"}, "apply cannot be 'now'; it is one of review, auto, never."),
    ],
)
def test_a_word_that_is_none_is_told_at_once(
    agent: MakeAgent, options: dict[str, str], told: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        agent(**options)


def test_edits_are_applied_at_once_where_that_is_wanted(
    agent: MakeAgent, model: Rehearsal, folder: Path
) -> None:
    editing(model)
    result = agent(apply="auto").run("Make it a number.")
    assert result.applied
    assert (folder / "a.txt").read_text() == "one\n2\n"


async def test_everything_in_an_event_loop(
    agent: MakeAgent, model: Rehearsal, folder: Path
) -> None:
    made = await asyncio.to_thread(agent)
    editing(model)
    stream = made.stream("Make it a number.")
    kinds = [event.kind async for event in stream]
    assert kinds[0] == RunStarted.kind
    assert kinds.count(ToolEnded.kind) == 2
    assert stream.result.text == "Done."
    assert await made.aapply(stream.result)
    assert (folder / "a.txt").read_text() == "one\n2\n"
    assert await made.aundo(stream.result)
    model.say(Turn("Again."))
    assert (await made.arun("And now?")).text == "Again."


def test_a_conversation_goes_on_until_a_new_one(agent: MakeAgent, model: Rehearsal) -> None:
    made = agent()
    model.say(Turn("One."), Turn("Two."), Turn("Three."))
    made.run("first")
    made.run("second")
    said = [message["content"] for message in model.chats[1].body["messages"]]
    assert any("first" in text for text in said)
    assert "One." in said
    made.new_session()
    made.run("third")
    assert not any("first" in message["content"] for message in model.chats[2].body["messages"])


def test_events_as_they_come(agent: MakeAgent, model: Rehearsal) -> None:
    model.say(Turn("Hello."))
    stream = agent().stream("Hi.")
    with pytest.raises(RuntimeError, match="has not ended"):
        _ = stream.result
    events = list(stream)
    assert isinstance(events[-1], RunEnded)
    assert stream.result.text == "Hello."


def test_leaving_the_stream_cancels_the_run(agent: MakeAgent, model: Rehearsal) -> None:
    made = agent()
    told = ["A long story. It begins\n", "and never ends."]
    model.say(Turn(told, holds=[Hold(after=1)]), Turn("Short."))
    for event in made.stream("Tell."):
        if event.kind == "text":
            break
    assert made.run("Again.").text == "Short."  # the session is free


def test_the_tools_that_were_chosen(agent: MakeAgent, model: Rehearsal) -> None:
    class Weather(TypedDict):
        city: str
        degrees: int

    @tool
    def weather(city: str, days: int = 1) -> Weather:
        """Tell the weather of a city.

        Args:
            city: Its name.
        """
        return {"city": city, "degrees": 20 + days}

    def broken() -> str:
        """Never work."""
        raise LookupError("no such thing")

    calls = [Call("weather", {"city": "Rome"}), Call("broken"), Call("write_file", {"path": "x"})]
    model.say(Turn(calls=calls), Turn("Sunny."))
    result = agent(tools=["read_file", weather, broken]).run("Weather?")
    offered = {one["function"]["name"]: one["function"] for one in model.chats[0].body["tools"]}
    assert sorted(offered) == ["broken", "read_file", "weather"]
    assert offered["weather"]["description"] == "Tell the weather of a city."
    assert offered["weather"]["parameters"]["properties"]["city"] == {
        "type": "string",
        "description": "Its name.",
    }
    assert [(step.status, step.result[:28]) for step in result.steps] == [
        ("ok", '{"city": "Rome", "degrees": '),
        ("error", "Error: LookupError: no such "),
        ("error", "Error: there is no tool 'wri"),
    ]


@pytest.mark.parametrize(("said", "status"), [(True, "ok"), (False, "refused"), (None, "refused")])
def test_a_permission_is_asked_of_the_program(
    agent: MakeAgent, model: Rehearsal, said: bool | None, status: str
) -> None:
    questions: list[PermissionQuestion] = []

    def answer(question: PermissionQuestion) -> bool:
        questions.append(question)
        return bool(said)

    @tool(kind="execute", title="Launch {what}")
    def launch(what: str) -> str:
        """Launch it."""
        return "launched"

    model.say(Turn(calls=[Call("launch", {"what": "the rocket"})]), Turn("Well."))
    made = agent(
        tools=[launch],
        permission=None if said is None else answer,
        settings={"permissions": {"commands": "ask"}},
    )
    assert made.run("Go.").steps[0].status == status
    assert [question.title for question in questions] == (
        [] if said is None else ["Launch the rocket"]
    )


@pytest.mark.parametrize("ends", [lambda: next(iter([])), sys.exit], ids=["stops", "exits"])
def test_a_permission_that_fails_is_none(
    agent: MakeAgent, model: Rehearsal, ends: Callable[[], Any]
) -> None:
    @tool(kind="execute")
    def launch(what: str) -> str:
        """Launch it."""
        return "launched"

    model.say(Turn(calls=[Call("launch", {"what": "x"})]), Turn("Well."))
    made = agent(
        tools=[launch],
        permission=lambda _: ends(),
        settings={"permissions": {"commands": "ask"}},
    )
    result = made.run("Go.")
    assert [step.status for step in result.steps] == ["refused"]


def test_what_goes_wrong_in_a_run_is_told_by_its_result(agent: MakeAgent) -> None:
    result = agent(model="nobody").run("Hi.")
    assert result.stop_reason == "error"
    assert "nobody" in result.text


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"tools": ["nope"]}, ValueError, "There is no tool 'nope'"),
        ({"settings": {"modle": "x"}}, RunRefused, "model"),
    ],
)
def test_mistakes_are_told_at_once(
    agent: MakeAgent, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        agent(**options).run("Hi.")


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="is not a folder"):
        Agent(tmp_path / "nowhere", state=tmp_path)


def test_nothing_is_left_of_a_workspace_that_was_closed_or_forgotten(
    folder: Path, tmp_path: Path
) -> None:
    before = set(threading.enumerate())
    made = Workspace(folder, state=tmp_path / "state", settings={"window.preload": False})
    made.close()
    with pytest.raises(RuntimeError, match="closed"):
        made.sessions()
    forgotten = Workspace(folder, state=tmp_path / "state", settings={"window.preload": False})
    del forgotten
    gc.collect()
    assert {thread for thread in threading.enumerate() if thread.name == "arriero-engine"} <= before


def test_a_workspace_may_be_found_forgotten_in_its_own_thread(folder: Path, tmp_path: Path) -> None:
    made = Workspace(folder, state=tmp_path / "state", settings={"window.preload": False})
    engine = made.engine

    async def forget() -> None:
        made.close()

    engine.begin(forget())
    engine._thread.join(20)
    assert engine.closed
    assert made._hub.connections == 0


def test_search_and_two_agents_in_one_workspace(
    folder: Path, tmp_path: Path, model: Rehearsal
) -> None:
    (folder / "mod.py").write_text("def find_the_parser():\n    return 1\n")
    with Workspace(folder, state=tmp_path / "state", settings=model.settings) as workspace:
        found = workspace.search("find_the_parser")
        assert found.complete
        assert found.hits[0].path == str(folder / "mod.py")
        first, second = Agent(workspace), Agent(workspace, mode="ask")
        model.say(Turn("One."), Turn("Two."))
        assert (first.run("a").text, second.run("b").text) == ("One.", "Two.")
        assert first.session_id != second.session_id
        assert len(workspace.sessions()) == 2
        first.close()
        model.say(Turn("Three."))
        assert second.run("c").text == "Three."
