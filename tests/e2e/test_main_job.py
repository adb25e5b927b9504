"""An editor asks, the daemon runs the loop, the edit comes back as a workspace edit."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from arriero.models.rehearsal import Call, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import on_the_socket, through_the_forwarder


def edit(old: str, new: str, path: str = "a.txt") -> Turn:
    return Turn(calls=[Call("edit_file", {"path": path, "old_string": old, "new_string": new})])


async def test_edit_through_the_forwarder(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    simulator.say(
        Turn("I look.", calls=[Call("read_file", {"path": "a.txt"})]),
        edit("two", "2"),
        Turn("Changed."),
    )
    editor = await through_the_forwarder(root, environment)
    result = await editor.initialize()
    commands = result["capabilities"]["executeCommandProvider"]["commands"]
    assert "arriero.agent" in commands
    editor.open("a.txt")
    done = await editor.command("agent", prompt="make it a number", apply="auto")
    assert (done["stopReason"], done["message"], done["applied"]) == ("end_turn", "Changed.", True)
    assert editor.text("a.txt") == "one\n2\nthree\n"
    assert (root / "a.txt").read_text() == "one\ntwo\nthree\n", "the editor has it, unsaved"
    assert [r.body["stream"] for r in simulator.chats] == [True] * 3
    assert all(r.body["truncate"] is False for r in simulator.chats)
    assert all(r.body["shift"] is False for r in simulator.chats)
    undone = await editor.command("undo", runId=done["runId"])
    assert undone["applied"]
    assert editor.text("a.txt") == "one\ntwo\nthree\n"
    editor.replace(editor.uri("a.txt"), 0, 0, "the user types\n")
    again = await editor.command("redo")
    assert (again["applied"], again["hunks"], again["conflicts"]) == (True, ["1"], [])
    assert editor.text("a.txt") == "the user types\none\n2\nthree\n"
    back = await editor.command("undo", sessionId=done["sessionId"])
    assert back["runs"] == [done["runId"]]
    assert editor.text("a.txt") == "the user types\none\ntwo\nthree\n"
    await editor.leave()


async def test_review_by_hunk(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    (root / "b.txt").write_text("".join(f"{n}\n" for n in range(40)))
    simulator.say(
        edit("5\n6\n", "five\n6\n", "b.txt"),
        edit("30\n31", "thirty\n31", "b.txt"),
        Turn(calls=[Call("write_file", {"path": "sub/c.txt", "content": "new\n"})]),
        Turn("Three hunks."),
    )
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    editor.open("b.txt")
    done = await editor.command("agent", prompt="x")
    assert not done["applied"]
    assert done["edit"]["documentChanges"]
    run_id = done["runId"]
    proposal = await editor.client.request("arriero/proposal", {"runId": run_id})
    hunks = [hunk for file in proposal["files"] for hunk in file["hunks"]]
    assert [hunk["state"] for hunk in hunks] == ["open"] * 3
    thirty = next(h for h in hunks if h["newLines"] and "thirty" in h["newLines"][0])
    accepted = await editor.command("accept", runId=run_id, hunks=[thirty["id"]])
    assert accepted["applied"]
    assert "thirty" in editor.text("b.txt")
    assert "five" not in editor.text("b.txt")
    editor.replace(editor.uri("b.txt"), 0, 0, "the user types\n")
    await editor.command("accept", runId=run_id)
    assert editor.text("b.txt").startswith("the user types\n0\n")
    assert "five" in editor.text("b.txt")
    assert (root / "sub" / "c.txt").read_text() == "new\n"
    undone = await editor.command("undo", runId=run_id)
    assert undone["applied"]
    untouched = "the user types\n" + "".join(f"{n}\n" for n in range(40))
    assert editor.text("b.txt") == untouched
    assert not (root / "sub" / "c.txt").exists()
    await editor.leave()


async def test_the_model_reads_the_unsaved_buffer(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    simulator.say(
        Turn(
            calls=[
                Call("read_file", {"path": "a.txt"}),
                Call("run_command", {"command": "cat a.txt"}),
                Call("grep_search", {"pattern": "unsaved"}),
            ]
        ),
        Turn("Seen."),
    )
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    editor.open("a.txt", "unsaved 🦙 words\n")
    await editor.command("agent", prompt="x")
    results = [m["content"] for m in simulator.chats[-1].body["messages"] if m["role"] == "tool"]
    assert len(results) == 3
    assert all("unsaved 🦙 words" in result for result in results)
    await editor.leave()


async def test_a_command_in_the_shadow_joins_the_proposal(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    line = "sed -i s/two/2/ a.txt && echo new > b.txt && echo $SECRET_TOKEN && rm -rf ~/* /etc/*"
    simulator.say(Turn(calls=[Call("run_command", {"command": line})]), Turn("Done."))
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    done = await editor.command("agent", prompt="x")
    proposal = await editor.client.request("arriero/proposal", {"runId": done["runId"]})
    assert {Path(f["uri"]).name: f["newText"] for f in proposal["files"]} == {
        "a.txt": "one\n2\nthree\n",
        "b.txt": "new\n",
    }
    assert (root / "a.txt").read_text() == "one\ntwo\nthree\n"
    assert not (root / "b.txt").exists()
    sent = simulator.chats[-1].body["messages"][-1]["content"]
    assert "hunter2" not in sent
    await editor.leave()


async def test_acp_on_the_same_connection(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    look = Turn("I look.", thinking="Hm.", calls=[Call("read_file", {"path": "a.txt"})])
    simulator.say(look, Turn("Done."), Turn("Again."))
    editor = await on_the_socket(root, environment)
    result = await editor.initialize()
    assert result["capabilities"]["experimental"]["agentClientProtocol"]["protocolVersion"] == 1
    answer = await editor.prompt("look at a.txt")
    assert answer["stopReason"] == "end_turn"
    updates = [p["update"] for m, p in editor.notes if m == "session/update"]
    kinds = [update["sessionUpdate"] for update in updates]
    assert "agent_thought_chunk" in kinds
    assert kinds.index("agent_message_chunk") < kinds.index("tool_call")
    words = [u["content"]["text"] for u in updates if u["sessionUpdate"] == "agent_message_chunk"]
    assert "".join(words) == "I look.Done."
    again = await editor.prompt("and?", answer["sessionId"])
    assert again["stopReason"] == "end_turn"
    roles = [m["role"] for m in simulator.chats[-1].body["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
    await editor.leave()


@pytest.mark.parametrize("through", [through_the_forwarder, on_the_socket])
async def test_two_editors_one_daemon(
    root: Path,
    environment: dict[str, str],
    simulator: Simulator,
    daemon: DaemonProcess,
    through: object,
) -> None:
    simulator.say(edit("two", "2"), Turn("Changed."))
    first = await through_the_forwarder(root, environment)
    second = await (through_the_forwarder if through is through_the_forwarder else on_the_socket)(
        root, environment
    )
    await first.initialize()
    await second.initialize()
    done = await first.command("agent", prompt="x")
    seen = await second.noted("arriero/proposalChanged")
    assert seen["runId"] == done["runId"]
    status = await second.client.request("arriero/daemonStatus")
    here = [c for c in status["connections"] if c["folders"] == [str(root)]]
    assert len(here) == 2
    watched = [w for w in status["workspaces"] if w["folder"] == str(root)]
    assert [w["connections"] for w in watched] == [2]
    # The first crashes in the middle of a message; the second accepts its proposal.
    first.client.notify("textDocument/didOpen", {"rubbish": 1})
    if first.process is not None:
        first.process.kill()
        await first.process.wait()
    accepted = await second.command("accept", runId=done["runId"])
    assert accepted["applied"]
    assert (root / "a.txt").read_text() == "one\n2\nthree\n"
    await second.leave()
    assert daemon.process is not None
    assert daemon.process.poll() is None


async def test_cancel_reaches_the_model_server(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    from arriero.models.rehearsal import Hold

    hold = Hold(after=2)
    simulator.say(Turn(["one ", "two ", "three"], holds=[hold]))
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    asking = asyncio.create_task(editor.command("ask", prompt="x"))
    await asyncio.wait_for(hold.reached.wait(), 20)
    status = await editor.client.request("arriero/status")
    (run,) = status["runs"]
    loop = asyncio.get_running_loop()
    began = loop.time()
    cancelled = await editor.command("cancel", runId=run["runId"])
    assert cancelled["cancelled"]
    (request,) = simulator.chats
    await asyncio.wait_for(request.ended(), 2)
    assert request.closed_at is not None
    assert request.closed_at - began < 0.1
    assert (await asking)["stopReason"] == "cancelled"
    await editor.leave()
