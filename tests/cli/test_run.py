"""`arriero run` against a daemon that plays a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arriero.workspace.uris import path_to_uri
from cli.fake_daemon import FakeConnection, FakeDaemon, Refusal
from cli.play import LINE, NEW, OLD, Play, piece, retried, text
from cli.result import Result

SAID = "Careful.\nAsking again: it was empty\n"

Command = Callable[..., Result]


@pytest.fixture
def play(daemon: FakeDaemon, work: Path) -> Play:
    return Play(daemon, work)


def test_in_a_pipe_nothing_is_applied_and_it_says_how(
    play: Play, arriero: Command, daemon: FakeDaemon
) -> None:
    result = arriero("run", "Change it")
    assert result.code == 0
    assert result.out == (
        "I will look.\\x1b[2J\n"
        "\n"
        "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n"
        "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
        "diff --git a/b.txt b/b.txt\nnew file mode 100644\n--- /dev/null\n+++ b/b.txt\n"
        "@@ -0,0 +1 @@\n+new\n"
    )
    *said, how = result.err.splitlines()
    assert said == SAID.splitlines()
    assert how.endswith("2 changes are proposed): use `arriero run --apply auto`.")
    assert play.path.read_text() == OLD
    assert daemon.sent("workspace/executeCommand") == []


def test_auto_applies_everything_as_an_editor(
    play: Play, arriero: Command, daemon: FakeDaemon
) -> None:
    result = arriero("run", "--apply", "auto", "Change it")
    assert (result.code, result.err) == (0, SAID)
    assert result.out.endswith("Applied 2 changes.\n")
    assert play.path.read_text() == NEW
    assert play.path.with_name("b.txt").read_text() == "new\n"
    (opened,) = daemon.sent("textDocument/didOpen")
    assert opened["textDocument"]["text"] == OLD
    (changed,) = daemon.sent("textDocument/didChange")
    assert changed["textDocument"]["version"] == 2
    assert changed["contentChanges"] == [{"text": NEW}]


def test_an_edit_that_does_not_fit_any_more_is_refused(
    play: Play, arriero: Command, daemon: FakeDaemon
) -> None:
    asked = daemon.handlers["workspace/executeCommand"]

    async def typed_meanwhile(client: FakeConnection, params: Any) -> Any:
        play.path.write_text("typed\n")
        return await asked(client, params)

    daemon.on("workspace/executeCommand", typed_meanwhile)
    result = arriero("run", "--apply", "auto", "Change it")
    assert result.code == 1
    assert "a.txt changed meanwhile." in result.out
    assert play.path.read_text() == "typed\n"
    assert not play.path.with_name("b.txt").exists()


def test_never_only_shows(play: Play, arriero: Command) -> None:
    result = arriero("run", "--apply", "never", "Change it")
    assert (result.code, result.err) == (0, SAID)
    assert "+2\n" in result.out
    assert play.path.read_text() == OLD


def test_what_the_daemon_is_told(play: Play, arriero: Command, daemon: FakeDaemon) -> None:
    arriero("run", "-m", "Please", "do it", "--mode", "edit", "--model", "m", "--provider", "jan")
    (attached,) = daemon.sent("arriero/attach")
    assert attached["env"]["HOME"]
    (initialize,) = daemon.sent("initialize")
    assert initialize["rootUri"] == path_to_uri(str(play.path.parent))
    assert initialize["initializationOptions"] == {
        "review": "client",
        "answers": "client",
        "settings": {"model": "m", "provider": "jan", "apply": "review"},
    }
    assert daemon.sent("session/new")[0]["cwd"] == str(play.path.parent)
    assert daemon.sent("session/set_mode") == [{"sessionId": "s1", "modeId": "edit"}]
    assert daemon.sent("session/set_model") == [{"sessionId": "s1", "modelId": "m"}]
    (prompt,) = daemon.sent("session/prompt")
    assert prompt["prompt"] == [text("Please\n\ndo it")]
    daemon.wait_for("exit")  # nobody answers that, so that it may come after the command's end
    methods = [method for method, _ in daemon.received]
    assert methods.index("initialized") < methods.index("session/new")
    assert methods[-2:] == ["shutdown", "exit"]


def test_a_model_that_is_not_there_is_told_before_anything_is_asked(
    play: Play, arriero: Command, daemon: FakeDaemon
) -> None:
    def refuses(client: FakeConnection, params: Any) -> Any:
        raise Refusal("Ollama has no model m: choose one that is there: n.")

    daemon.on("session/set_model", refuses)
    result = arriero("run", "--model", "m", "--json", "Do it")
    assert (result.code, result.err) == (
        1,
        "arriero: Ollama has no model m: choose one that is there: n.\n",
    )
    begun, ended = map(json.loads, result.out.splitlines())
    assert (begun["type"], ended["type"]) == ("run_started", "run_ended")
    assert "Ollama has no model m" in ended["message"]
    assert daemon.sent("session/prompt") == []


def test_a_session_is_gone_on_with(play: Play, arriero: Command, daemon: FakeDaemon) -> None:
    arriero("run", "--session", "s7", "Go on")
    assert daemon.sent("session/new") == []
    assert daemon.sent("session/prompt")[0]["sessionId"] == "s7"


def test_json_lines(play: Play, arriero: Command) -> None:
    play.ask = True
    result = arriero("run", "--json", "--apply", "auto", "Change it")
    assert result.code == 0
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert [line["type"] for line in lines] == [
        "run_started",
        "thought",
        "text",
        "text",
        "tool_started",
        "tool_ended",
        "notice",
        "step_retried",
        "step_ended",
        "permission",
        "proposal",
        "applied",
        "run_ended",
    ]
    started, ended = lines[4], lines[5]
    assert (started["title"], started["arguments"]) == ("Read a.txt", {"path": "a.txt"})
    assert (ended["call_id"], ended["status"], ended["duration_ms"]) == ("c1", "error", 3)
    assert lines[7] == {"type": "step_retried", "step": 1, "reason": "it was empty"}
    step = lines[8]
    assert (step["prompt_tokens"], step["cached_tokens"], step["rung"]) == (5800, 5452, "prompted")
    assert (step["window"], step["answer_ms"], step["load_ms"]) == (16_384, 9677, 40)
    assert lines[9]["answer"] == "reject_once"
    assert lines[10]["files"][0]["diff"].startswith("diff --git a/a.txt b/a.txt\n")
    assert lines[11]["hunks"] == ["1", "2"]
    assert lines[12] == {
        "type": "run_ended",
        "session_id": "s1",
        "run_id": "r1",
        "stop_reason": "end_turn",
        "message": "Done.",
        "context": LINE,
        "applied": ["1", "2"],
        "open_hunks": [],
    }


def test_a_permission_is_refused_where_nobody_can_be_asked(play: Play, arriero: Command) -> None:
    play.ask = True
    result = arriero("run", "Build it")
    assert play.permissions == [{"outcome": {"outcome": "selected", "optionId": "id-reject_once"}}]
    assert "Run make" not in result.out
    assert "Not allowed, as nobody can be asked here: Run make\n" in result.err


@pytest.mark.parametrize("json_", [False, True])
def test_a_failed_run_says_its_sentence(play: Play, arriero: Command, json_: bool) -> None:
    play.stop_reason = "error"
    result = arriero("run", "Change it", *(["--json"] if json_ else []))
    assert result.code == 1
    assert result.err.endswith("arriero: Ollama does not answer: start it.\n")
    assert play.path.read_text() == OLD


@pytest.mark.parametrize(
    ("reason", "words", "code"),
    [
        ("max_turn_requests", "step limit", 1),
        ("max_tokens", "length limit", 1),
        ("refusal", "permission was refused", 1),
        ("cancelled", "Cancelled.", 130),
    ],
)
def test_other_ends(play: Play, arriero: Command, reason: str, words: str, code: int) -> None:
    play.stop_reason = reason
    if reason == "max_turn_requests":  # which limit it was, the daemon says
        play.message = "Stopped at the step limit (agent.max_steps)."
    result = arriero("run", "--apply", "never", "Change it")
    assert result.code == code
    assert words in result.err
    assert words not in result.out


def test_an_end_that_was_told_is_not_told_twice(play: Play, arriero: Command) -> None:
    play.stop_reason, play.message = "max_turn_requests", "Careful."
    result = arriero("run", "--apply", "never", "Change it")
    assert result.err == SAID


def test_in_a_pipe_only_what_counts_is_printed(play: Play, arriero: Command) -> None:
    play.before = [piece("Half an"), retried("its answer broke off"), piece("All of it.")]
    result = arriero("run", "--apply", "never", "Change it")
    assert result.out.startswith("All of it.I will look.\\x1b[2J\n\ndiff ")
    assert result.err == f"Asking again: its answer broke off\n{SAID}"


def test_of_a_failed_run_a_pipe_gets_no_half_answer(play: Play, arriero: Command) -> None:
    play.stop_reason, play.after = "error", [piece("Half an")]
    result = arriero("run", "Change it")
    assert result.code == 1
    assert result.out.startswith("I will look.")
    assert "Half an" not in result.out


def test_a_run_that_proposes_nothing(play: Play, arriero: Command, daemon: FakeDaemon) -> None:
    def nothing(client: FakeConnection, params: Any) -> Any:
        raise Refusal("There is no proposal of run r1.", -32602)

    daemon.on("arriero/proposal", nothing)
    result = arriero("run", "What is this?")
    assert (result.code, result.err) == (0, SAID)
    assert result.out == "I will look.\\x1b[2J\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Say what to do"),
        (("",), "Say what to do"),
        (("--mode", "x", "y"), "'x' is not one of"),
        (("--nope",), "No such option"),
    ],
)
def test_wrong_usage(arriero: Command, arguments: tuple[str, ...], words: str) -> None:
    result = arriero("run", *arguments)
    assert result.code == 2
    assert words in result.err
    assert len(result.err.splitlines()) == 1


def test_a_folder_that_is_not_there(arriero: Command) -> None:
    result = arriero("run", "-w", "nowhere", "x")
    assert (result.code, result.out) == (1, "")
    assert result.err == "arriero: nowhere is not a folder; name one that is, with --working-dir.\n"


def test_wrong_settings_are_told_before_anything_starts(
    arriero: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARRIERO_MODE", "x")
    result = arriero("run", "x")
    assert result.code == 1
    assert result.err.startswith("arriero: ARRIERO_MODE: `mode` must be one of")


def test_a_daemon_that_dies_is_said(play: Play, arriero: Command, daemon: FakeDaemon) -> None:
    async def dies(client: FakeConnection, params: Any) -> Any:
        client._writer.transport.abort()

    daemon.on("session/prompt", dies)
    result = arriero("run", "Change it")
    assert result.code == 1
    assert "The daemon ended; nothing that was shown is lost." in result.err
