"""Models that are not at their best: calls printed as text, small windows, long histories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from arriero.models.rehearsal import Asked, Call, Fault, SimulatedModel, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import on_the_socket

PRINTED = (
    'I change it.\n<tool_call>\n{"name": "edit_file", "arguments": {"path": "a.txt", '
    '"old_string": "two", "new_string": "2"}}\n</tool_call>'
)
CUT = '<tool_call>\n{"name": "write_file", "arguments": {"path": "a.txt", "content": "half of'


def use(simulator: Simulator, model: SimulatedModel) -> None:
    simulator.models.clear()
    simulator.models[model.full_name] = model


def tool_results(simulator: Simulator, request: int = -1) -> list[str]:
    messages: list[dict[str, Any]] = simulator.chats[request].body["messages"]
    return [message["content"] for message in messages if message["role"] == "tool"]


async def test_a_call_that_is_printed_as_text_is_executed(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    simulator.say(Turn(PRINTED), Turn("Changed."))
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    editor.open("a.txt")
    done = await editor.command("agent", prompt="x", apply="auto")
    assert (done["message"], done["applied"]) == ("Changed.", True)
    assert editor.text("a.txt") == "one\n2\nthree\n"
    messages = simulator.chats[-1].body["messages"]
    said = next(message for message in messages if message["role"] == "assistant")
    assert said["content"].strip() == "I change it."
    assert said["tool_calls"][0]["function"]["name"] == "edit_file"
    await editor.leave()


async def test_a_write_that_was_cut_off_is_not_executed(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    simulator.say(Turn(CUT), Turn("I give up."))
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    done = await editor.command("agent", prompt="x", apply="auto")
    assert done["stopReason"] == "end_turn", done["message"]
    assert (root / "a.txt").read_text() == "one\ntwo\nthree\n"
    assert done["message"] == "I give up.", "it was told, and asked again"
    (told,) = tool_results(simulator)
    assert told.startswith("Error:")
    await editor.leave()


async def test_a_long_session_is_kept_within_a_small_window(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    use(simulator, SimulatedModel("small", trained_window=8192))
    (root / "long.txt").write_text("".join(f"line {n} of a long file\n" for n in range(2000)))
    steps = 12
    looks = [Call("read_file", {"path": "long.txt", "offset": 1 + 100 * n}) for n in range(steps)]
    turns = iter([*(Turn(calls=[look]) for look in looks), Turn("Read.")])

    def reply(asked: Asked) -> Turn:
        if "transcript" in asked.messages[0]["content"]:
            return Turn("The user wants the long file to be read.")
        return next(turns)

    simulator.say(*[reply] * 2 * steps)
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    done = await editor.command("agent", prompt="read it all", timeout=60)
    assert (done["stopReason"], done["message"]) == ("end_turn", "Read."), done
    assert {request.status for request in simulator.chats} == {200}
    summed_up = [one for one in simulator.chats if "tools" not in one.body]
    assert len(summed_up) + steps + 1 == len(simulator.chats)
    assert summed_up, "what is left out is summed up"
    assert "wants the long file" in str(simulator.chats[-1].body["messages"])
    options = {str(request.body["options"].get("num_ctx")) for request in simulator.chats}
    assert options == {"8192"}, "one window for all requests: nothing is loaded anew"
    assert len(simulator.loads) == 1
    events = await editor.client.request("arriero/sessions", {"sessionId": done["sessionId"]})
    kinds = [event["kind"] for event in events["events"]]
    assert kinds.count("compacted") == len(summed_up)
    await editor.leave()


async def test_a_model_without_tools_is_given_them_in_the_prompt(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    use(simulator, SimulatedModel("plain", capabilities=("completion",)))
    simulator.say(Turn(PRINTED), Turn("Changed."))
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    done = await editor.command("agent", prompt="x", apply="auto")
    assert (done["message"], done["applied"]) == ("Changed.", True)
    assert (root / "a.txt").read_text() == "one\n2\nthree\n"
    first, second = (request.body for request in simulator.chats)
    assert "tools" not in first
    assert "edit_file(" in first["messages"][0]["content"]
    assert second["messages"][:2] == first["messages"]
    assert second["messages"][-1]["content"].startswith('<tool_response name="edit_file">')
    await editor.leave()


async def test_a_stream_that_breaks_is_asked_for_again(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    simulator.say(Turn("Half of it", fault=Fault("cut", after=1)), Turn("Whole."))
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    done = await editor.command("ask", prompt="x")
    assert (done["stopReason"], done["message"]) == ("end_turn", "Whole.")
    simulator.say(Turn("Yes."))
    await editor.command("ask", prompt="y", sessionId=done["sessionId"])
    sent = simulator.chats[-1].body["messages"]
    assert [m["content"] for m in sent if m["role"] == "assistant"] == ["Whole."]
    await editor.leave()


async def test_the_projects_instructions_and_the_tier_stay_for_a_session(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    use(simulator, SimulatedModel("small", trained_window=8192))
    (root / "AGENTS.md").write_text("# Rules\n\nUse tabs.\n")
    simulator.say(Turn("One."), Turn("Two."))
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    done = await editor.command("agent", prompt="x")
    (root / "AGENTS.md").write_text("Use blanks.\n")
    use(simulator, SimulatedModel("small", trained_window=65_536))
    await editor.command("agent", prompt="y", sessionId=done["sessionId"])
    first, second = (request.body for request in simulator.chats)
    assert "Use tabs." in first["messages"][0]["content"]
    assert second["messages"][:2] == first["messages"]
    assert second["tools"] == first["tools"]
    assert len(first["tools"]) == 7, "a small window is offered no more"
    await editor.leave()
