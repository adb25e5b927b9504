"""The command line with a real daemon; only the model is a rehearsal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arriero.models.rehearsal.sample_script import SAMPLE_PROMPT, copy_sample, sample_simulator
from cli.result import Result
from cli.served import served

Command = Callable[..., Result]


@pytest.fixture
def rehearsal(home: Path, forked_daemon: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The model that mends the sample, where Ollama would be."""
    with served(sample_simulator()) as simulator:
        monkeypatch.setenv("OLLAMA_HOST", simulator.base_url)
        yield


@pytest.fixture
def command(rehearsal: None, arriero: Command, work: Path) -> Iterator[Command]:
    copy_sample(work)
    yield arriero
    assert arriero("daemon", "stop").code == 0


def green(folder: Path) -> bool:
    done = subprocess.run(
        [sys.executable, "-B", "-m", "unittest"],
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode == 0


def texts(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_a_change_is_proposed_applied_and_taken_back(command: Command, work: Path) -> None:
    before = texts(work)
    assert not green(work)

    shown = command("run", "--apply", "never", SAMPLE_PROMPT)
    assert shown.code == 0, shown.err
    assert "+    share, odd = divmod(cents, parts)\n" in shown.out
    assert texts(work) == before

    applied = command("run", "--apply", "auto", "--json", SAMPLE_PROMPT)
    lines = [json.loads(line) for line in applied.out.splitlines()]
    assert applied.code == 0, applied.err
    assert lines[-1]["type"] == "run_ended"
    assert len(lines[-1]["applied"]) == 3
    steps = [line for line in lines if line["type"] == "step_ended"]
    assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
    assert all(0 < step["prompt_tokens"] < step["window"] for step in steps)
    assert lines[-1]["context"].startswith("rehearsal:latest · ")
    assert "k tokens · " in lines[-1]["context"]
    assert green(work)

    (newest, older) = json.loads(command("sessions", "list", "--json").out)["sessions"]
    assert newest["sessionId"] == lines[0]["session_id"]
    transcript = command("sessions", "show", newest["sessionId"]).out
    assert f"> {SAMPLE_PROMPT}\n" in transcript
    assert "Applied to " in transcript
    asked = command("run", "--session", newest["sessionId"], "/context")
    assert asked.code == 0, asked.err
    assert "| Model | rehearsal:latest (ollama) |" in asked.out
    assert command("sessions", "rm", older["sessionId"]).code == 0

    # What the user wrote since then stays.
    readme = work / "README.md"
    readme.write_text(readme.read_text() + "mine\n")
    undone = command("undo")
    assert undone.code == 0, undone.err
    assert texts(work) == {**before, "README.md": before["README.md"] + "mine\n"}
    assert command("undo").code == 1

    (changed,) = json.loads(command("undo", "--list", "--json").out)["runs"]
    assert sum(len(file["takenBack"]) for file in changed["files"]) == 3
    again = command("undo", "--redo")
    assert (again.code, again.out.startswith("Did again: ")) == (0, True), again.err
    assert green(work)
    hunk = changed["files"][0]["takenBack"][0]
    part = command("undo", changed["runId"][:12], "--hunk", hunk)
    assert part.out.startswith("Took back 1 change of: "), part.err
    back = json.loads(command("undo", "--json").out)
    assert (back["applied"], len(back["hunks"])) == (True, 2)
    assert texts(work) == {**before, "README.md": before["README.md"] + "mine\n"}

    status = json.loads(command("daemon", "status", "--json").out)
    assert (status["running"], status["runs"]) == (True, [])


def test_the_demo(command: Command, work: Path) -> None:
    result = command("demo")
    assert result.code == 0, result.err
    assert "rehearsal:latest of ollama" in result.out
    assert "* Run python3 -m unittest\n" in result.out
    assert result.out.index("(clean)") < result.out.index(" M tally/ledger.py")


def test_models_and_their_absence(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "rehearsal:latest" in command("models").out
    assert (
        "can do            completion, thinking, tools\n"
        in command("models", "show", "rehearsal").out
    )
    result = command("run", "--model", "absent", SAMPLE_PROMPT)
    assert result.code == 1
    assert "absent" in result.err
    assert len(result.err.splitlines()) == 1

    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    result = command("run", SAMPLE_PROMPT)
    assert result.code == 1
    assert "ollama serve" in result.err
    assert json.loads(command("sessions", "list", "--json").out)["sessions"]
