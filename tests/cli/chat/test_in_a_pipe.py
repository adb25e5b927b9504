"""`arriero chat` where nobody sits: each line is a prompt."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cli.fake_daemon import FakeDaemon
from cli.play import OLD, Play, text
from forked import program


@pytest.fixture
def play(daemon: FakeDaemon, work: Path) -> Play:
    (work / "shot.png").write_bytes(b"\x89PNG")
    made = Play(daemon, work)
    daemon.on("arriero/models", {"models": [], "selected": {"provider": "o", "model": None}})
    return made


def chat(lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program(), "chat", "--mode", "ask"],
        input=lines,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=60,
        env=dict(os.environ),
        check=False,
    )


def test_each_line_is_a_prompt(play: Play, daemon: FakeDaemon) -> None:
    done = chat("One @shot.png\n\nTwo\\\nlines\n")
    assert done.returncode == 0, done.stderr
    # What comes through a pipe was not typed: `@` puts no file beside it.
    assert [p["prompt"] for p in daemon.sent("session/prompt")] == [
        [text("One @shot.png")],
        [text("Two\nlines")],
    ]
    assert done.stdout.count("I will look.") == 2
    assert play.path.read_text() == OLD
    assert "\x1b" not in done.stdout.replace("\\x1b", "")


@pytest.mark.parametrize(("line", "code"), [("/quit\nnever asked", 0), ("/nothing", 1)])
def test_how_it_ends(play: Play, daemon: FakeDaemon, line: str, code: int) -> None:
    assert chat(line).returncode == code
    assert daemon.sent("session/prompt") == []


def test_why_a_prompt_failed_is_said_beside_the_answers(play: Play) -> None:
    play.stop_reason = "error"
    done = chat("Why?\n")
    assert done.returncode == 1
    assert "does not answer" not in done.stdout
    assert done.stderr.count("Ollama does not answer: start it.") == 1, done.stderr


def test_sentences_of_the_chat_stand_beside_the_answers(play: Play) -> None:
    done = chat("/nothing\n")
    assert done.stdout == ""
    assert "/nothing is no command" in done.stderr


def test_what_is_not_utf8_is_replaced(play: Play, daemon: FakeDaemon) -> None:
    assert chat("caf\udce9\nTwo\n").returncode == 0
    assert [p["prompt"] for p in daemon.sent("session/prompt")] == [
        [text("caf\ufffd")],
        [text("Two")],
    ]


def test_a_line_that_goes_on_and_does_not(play: Play, daemon: FakeDaemon) -> None:
    assert chat("One\\").returncode == 0
    assert [p["prompt"] for p in daemon.sent("session/prompt")] == [[text("One")]]
