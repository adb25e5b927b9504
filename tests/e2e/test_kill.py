"""kill -9 of the daemon at random moments of a run: what was shown is stored, edits are exact."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from arriero.daemon.client import DaemonGone
from arriero.models.rehearsal import Call, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import on_the_socket
from scale import by_scale

# Five times ten at full scale, which several processes share.
TIMES, KILLS = by_scale((1, 2), full=(5, 10))
START = "one\ntwo\nthree\nfour\nfive\n"
END = "one\n2\nthree\n4\nfive\n"


def turns() -> list[Turn]:
    def edit(old: str, new: str) -> Call:
        return Call("edit_file", {"path": "a.txt", "old_string": old, "new_string": new})

    return [
        Turn("I look at the file first.", calls=[Call("read_file", {"path": "a.txt"})]),
        Turn(
            "Now the edits.", thinking="Two of them.", calls=[edit("two", "2"), edit("four", "4")]
        ),
        Turn("Changed as you asked, in two places."),
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("time", range(TIMES))
async def test_kill_at_random_moments(
    time: int,
    root: Path,
    own_environment: dict[str, str],
    simulator: Simulator,
    own_daemon: DaemonProcess,
) -> None:
    environment, daemon = own_environment, own_daemon
    dice = random.Random(20261121 + time)
    simulator.script.__init__([], otherwise=Turn("Nothing more."))  # type: ignore[misc]
    whole = len(await one_life(root, environment, simulator, daemon, after=0))
    await after_restart(root, environment, daemon, [])
    assert whole >= 8, "there is a middle to kill in"
    killed = 0
    for _ in range(KILLS):
        (root / "a.txt").write_text(START)
        after = dice.randint(1, whole)
        shown = await one_life(root, environment, simulator, daemon, after)
        killed += len(shown) >= after  # words that come together are one update, so not always
        await after_restart(root, environment, daemon, shown)
    assert killed >= KILLS / 2


async def one_life(
    root: Path,
    environment: dict[str, str],
    simulator: Simulator,
    daemon: DaemonProcess,
    after: int,
) -> list[dict[str, Any]]:
    """Start a run and kill the daemon at its `after`th update; return what was shown."""
    simulator.script.__init__(turns(), otherwise=Turn("Nothing more."))  # type: ignore[misc]
    await daemon.start()
    editor = await on_the_socket(root, environment)
    await editor.initialize(settings={"apply": "auto"}, review=None)
    session = await editor.client.request("session/new", {"cwd": str(root), "mcpServers": []})
    session_id = session["sessionId"]
    updates: list[dict[str, Any]] = []

    def count(params: dict[str, Any]) -> None:
        updates.append(params["update"])
        if len(updates) == after:
            daemon.kill()

    editor.client.on("session/update", count)
    prompt = {"sessionId": session_id, "prompt": [{"type": "text", "text": "two edits"}]}
    with suppress(DaemonGone):
        await editor.client.request("session/prompt", prompt, timeout=60)
    if daemon.process is not None and daemon.process.poll() is None:
        daemon.kill()
    await editor.client.wait_closed()
    await editor.client.close()
    return [{"session": session_id, **update} for update in updates]


async def after_restart(
    root: Path, environment: dict[str, str], daemon: DaemonProcess, shown: list[dict[str, Any]]
) -> None:
    await daemon.start()
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    # Every shown word and call is in the session.
    if shown:
        session_id = shown[0]["session"]
        stored = await editor.client.request("arriero/sessions", {"sessionId": session_id})
        events = stored["events"]
        text = "".join(e["data"]["text"] for e in events if e["kind"] == "text")
        words = "".join(
            u["content"]["text"] for u in shown if u["sessionUpdate"] == "agent_message_chunk"
        )
        assert text.startswith(words)
        calls = {e["data"]["call_id"] for e in events if e["kind"] == "tool_started"}
        assert {u["toolCallId"] for u in shown if u["sessionUpdate"] == "tool_call"} <= calls
        assert events[-1]["kind"] in ("run_ended", "applied", "proposal_changed")
        await accept_what_is_left(root, editor, {e["runId"] for e in events})
    await editor.leave()
    assert await daemon.terminate() == 0


async def accept_what_is_left(root: Path, editor: Any, runs: set[str]) -> None:
    """The file is as before or as after; accepting the rest makes it whole and doubles nothing."""
    text = (root / "a.txt").read_text()
    assert text in (START, END, START.replace("two", "2"))
    for run_id in runs:
        proposal = await proposal_of(editor, run_id)
        open_hunks = [h for f in proposal for h in f["hunks"] if h["state"] == "open"]
        if not open_hunks:
            continue
        assert text == START, "what is applied is not open any more"
        await editor.command("accept", runId=run_id)
        now = (root / "a.txt").read_text()
        assert now in (END, START.replace("two", "2"))
        assert now.count("2") == 1


async def proposal_of(editor: Any, run_id: str) -> list[dict[str, Any]]:
    from arriero.daemon.client import RemoteError

    try:
        proposal = await editor.client.request("arriero/proposal", {"runId": run_id})
    except RemoteError:
        return []  # killed before its first edit
    return list(proposal["files"])


async def test_sigterm_stores_the_end_of_runs(
    root: Path, own_environment: dict[str, str], simulator: Simulator, own_daemon: DaemonProcess
) -> None:
    environment, daemon = own_environment, own_daemon
    from arriero.models.rehearsal import Hold

    hold = Hold(after=1)
    simulator.say(Turn(["half ", "never"], holds=[hold]))
    await daemon.start()
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    asking = asyncio.create_task(editor.command("ask", prompt="x"))
    reached = asyncio.create_task(hold.reached.wait())
    await asyncio.wait({reached, asking}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    assert reached.done(), asking.result() if asking.done() else "the model was not asked"
    assert await daemon.terminate() == 0
    with suppress(DaemonGone):  # the answer may come in time, or not
        assert (await asking)["stopReason"] == "cancelled"
    await daemon.start()
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    (session,) = (await editor.client.request("arriero/sessions", {}))["sessions"]
    assert session["runs"][0]["stopReason"] == "cancelled"
    await editor.leave()
