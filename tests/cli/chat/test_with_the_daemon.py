"""`arriero chat` with a real daemon and real files; only the model is a rehearsal."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from arriero.models.rehearsal.sample_script import SAMPLE_PROMPT
from cli.test_end_to_end import Command, command, green, rehearsal, texts
from forked import program

__all__ = ["command", "rehearsal"]


def chat(*lines: str, arguments: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program(), "chat", *arguments],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        timeout=100,
        env=dict(os.environ),
        check=False,
    )


@pytest.mark.usefixtures("command")
def test_a_conversation(work: Path) -> None:
    before = texts(work)
    first = chat(SAMPLE_PROMPT, "/diff", "/apply", "/context")
    assert first.returncode == 0, first.stderr
    assert "+    share, odd = divmod(cents, parts)\n" in first.stdout
    assert "Applied 3 changes." in first.stdout
    assert "| Model | rehearsal:latest (ollama) |" in first.stdout
    assert green(work)

    saved = ("/resume", "/save talk.md", "/save talk.md", "/save ~/kept.md")
    turns = ("/undo", "/redo", "/undo 1", "/undo to")
    second = chat("/new", *saved, *turns, "/sessions", arguments=("--continue",))
    assert second.returncode == 0, second.stderr
    assert f"> {SAMPLE_PROMPT}" in second.stdout  # what was said is shown again
    assert SAMPLE_PROMPT in (work / "talk.md").read_text()
    assert SAMPLE_PROMPT in Path("~/kept.md").expanduser().read_text()
    assert "talk.md exists already; name another file." in second.stderr
    said = [line for line in second.stdout.splitlines() if line.startswith(("Took", "Did"))]
    assert [line.split(":")[0] for line in said] == [
        "Took back",
        "Did again",
        "Took back 1 change of",
        "Took back",
    ]
    (work / "talk.md").unlink()
    assert texts(work) == before


@pytest.mark.usefixtures("work")
def test_a_session_that_is_none(command: Command) -> None:
    result = command("chat", "--session", "ses_nothing")
    assert result.code == 1
    assert "There is no session ses_nothing in this folder" in result.err
