"""What a user meets when something is missing or broken: one sentence, and the rest still works."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from arriero.models.rehearsal import Call, Fault, SimulatedModel, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, on_the_socket


async def started(
    root: Path, environment: dict[str, str], _: DaemonProcess, **settings: Any
) -> Editor:
    editor = await on_the_socket(root, environment)
    await editor.initialize(settings)
    return editor


def results(simulator: Simulator) -> list[str]:
    messages = simulator.chats[-1].body["messages"]
    return [message["content"] for message in messages if message["role"] == "tool"]


async def test_no_model_server(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    await simulator.stop()
    editor = await started(root, environment, daemon)
    done = await editor.command("agent", prompt="x")
    assert done["stopReason"] == "error"
    assert "ollama serve" in done["message"]
    said = await editor.noted("window/showMessage")
    assert said["message"] == done["message"]
    status = await editor.client.request("arriero/status")
    assert status["providerState"] == "unavailable"
    assert len((await editor.client.request("arriero/sessions", {}))["sessions"]) == 1
    await editor.leave()


@pytest.mark.parametrize(
    ("settings", "models", "mode", "reason", "said"),
    [
        ({"model": "nope"}, None, "agent", "error", "ollama pull nope"),
        ({}, [], "agent", "error", "ollama pull"),
        ({}, [SimulatedModel("vectors", capabilities=("embedding",))], "ask", "error", "no model"),
    ],
)
async def test_models_that_do_not_fit(
    root: Path,
    environment: dict[str, str],
    simulator: Simulator,
    daemon: DaemonProcess,
    settings: dict[str, Any],
    models: list[SimulatedModel] | None,
    mode: str,
    reason: str,
    said: str,
) -> None:
    if models is not None:
        simulator.models.clear()
        simulator.models.update({model.full_name: model for model in models})
    simulator.say(Turn("Hello."))
    editor = await started(root, environment, daemon, **settings)
    done = await editor.command(mode, prompt="x")
    assert (done["stopReason"], said in done["message"]) == (reason, True), done["message"]
    await editor.leave()


@pytest.mark.parametrize("kind", ["error", "cut", "no_done", "crash", "rubbish"])
async def test_streams_that_break_end_the_run_with_a_sentence(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess, kind: Any
) -> None:
    broken = Turn("Half of it", fault=Fault(kind, after=1))
    simulator.say(*[broken] * 3, Turn("Again."))
    editor = await started(root, environment, daemon)
    done = await editor.command("ask", prompt="x")
    assert done["stopReason"] == "error"
    assert done["message"].endswith(".")
    assert len(done["message"]) < 400
    again = await editor.command("ask", prompt="y", sessionId=done["sessionId"])
    assert again["message"] == "Again."
    await editor.leave()


async def test_broken_settings(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    config = Path(environment["XDG_CONFIG_HOME"]) / "arriero" / "config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text("model: a\nagent:\n  max_stepps: 3\n")
    editor = await started(root, environment, daemon)
    said = (await editor.noted("window/showMessage"))["message"]
    assert str(config) in said
    assert "3" in said
    assert "max_steps" in said
    done = await editor.command("agent", prompt="x")
    assert (done["stopReason"], done["message"]) == ("error", said)
    config.write_text("agent:\n  max_steps: 3\n")
    simulator.say(Turn("Works."))
    assert (await editor.command("ask", prompt="x"))["message"] == "Works."
    await editor.leave()


async def test_a_workspace_that_vanishes_and_returns(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    look = Turn(
        calls=[
            Call("read_file", {"path": "a.txt"}),
            Call("list_directory", {"path": "."}),
            Call("grep_search", {"pattern": "one"}),
            Call("run_command", {"command": "ls"}),
        ]
    )
    simulator.say(look, Turn("Gone."), look, Turn("Back."))
    editor = await started(root, environment, daemon)
    shutil.rmtree(root)
    assert (await editor.command("agent", prompt="x"))["message"] == "Gone."
    assert "Error:" in results(simulator)[0]
    root.mkdir()
    (root / "a.txt").write_text("one again\n")
    assert (await editor.command("agent", prompt="x"))["message"] == "Back."
    assert all("a.txt" in r or "one again" in r for r in results(simulator)), results(simulator)
    await editor.leave()


@pytest.mark.parametrize("folder", ["/", "read-only"])
async def test_unusual_folders(
    folder: str,
    root: Path,
    environment: dict[str, str],
    simulator: Simulator,
    daemon: DaemonProcess,
) -> None:
    workspace = Path("/") if folder == "/" else root
    if folder == "read-only":
        workspace.chmod(0o555)
    simulator.say(
        Turn(calls=[Call("list_directory", {"path": "."}), Call("run_command", {"command": "ls"})]),
        Turn("Seen."),
    )
    editor = await started(workspace, environment, daemon)
    done = await editor.command("agent", prompt="x")
    assert done["message"] == "Seen."
    assert not results(simulator)[0].startswith("Error")
    (index,) = (await editor.client.request("arriero/index", {}))["indexes"]
    assert ("more than one project" in index["message"]) is (folder == "/")
    await editor.leave()
    if folder == "read-only":
        workspace.chmod(0o755)


async def test_names_that_are_not_utf8(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    (root / os.fsdecode(b"bad\xff.txt")).write_text("needle\n")
    (root / "tab\there\x1b[31m.txt").write_text("needle\n")
    simulator.say(
        Turn(
            calls=[
                Call("list_directory", {"path": "."}),
                Call("grep_search", {"pattern": "needle"}),
                Call("glob_files", {"pattern": "*.txt"}),
                Call("run_command", {"command": "rm -f bad*; echo new > $'x\\xfe'"}),
            ]
        ),
        Turn("Seen."),
    )
    editor = await started(root, environment, daemon)
    done = await editor.command("agent", prompt="x")
    assert done["message"] == "Seen."
    assert "a.txt" in results(simulator)[0]
    assert "\x1b" not in "".join(results(simulator))
    await editor.leave()


async def test_halves_of_a_surrogate_pair_reach_the_model_as_text(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    simulator.say(Turn("Read."))
    editor = await started(root, environment, daemon)
    done = await editor.command("ask", prompt="a \ud83d\ude00 and \ud800 b")
    assert done["message"] == "Read."
    assert "a \U0001f600 and \ufffd b" in simulator.chats[-1].body["messages"][-1]["content"]
    await editor.leave()


async def test_bad_arguments_of_commands(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    from arriero.daemon.client import RemoteError

    editor = await started(root, environment, daemon)
    cases: list[tuple[str, dict[str, Any]]] = [
        ("agent", {}),
        ("agent", {"prompt": 5}),
        ("accept", {"runId": "run_x"}),
        ("undo", {"runId": ["x"]}),
        ("accept", {"runId": "../../etc/passwd"}),
        ("explain", {}),
        ("nope", {}),
    ]
    for name, arguments in cases:
        with pytest.raises(RemoteError) as error:
            await editor.command(name, **arguments)
        assert error.value.code < 0
        assert len(str(error.value)) > 10
    await editor.leave()


async def test_idle_end(
    root: Path, own_environment: dict[str, str], own_daemon: DaemonProcess
) -> None:
    own_daemon.places["ARRIERO_DAEMON__IDLE_TIMEOUT"] = "0.3"
    await own_daemon.start()
    editor = await on_the_socket(root, own_environment)
    await editor.initialize()
    assert own_daemon.process is not None
    await editor.leave()
    assert await asyncio.to_thread(own_daemon.process.wait, 10) == 0
