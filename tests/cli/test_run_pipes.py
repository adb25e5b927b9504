"""`arriero run` in scripts: what is piped in, pictures, and answers of a shape."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arriero.cli import piped_input
from arriero.cli.trials.picture import red_square
from cli.fake_daemon import FakeDaemon
from cli.play import OLD, Play, text
from cli.result import Result
from forked import program
from hangup import HANGUP

Command = Callable[..., Result]
SCHEMA = {"type": "object", "required": ["a"]}


@pytest.fixture
def play(daemon: FakeDaemon, work: Path) -> Play:
    return Play(daemon, work)


def run(*arguments: str, given: bytes | None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*program(), "run", *arguments],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        timeout=60,
        env=dict(os.environ),
        check=False,
    )


def stdin(words: str) -> list[dict[str, Any]]:
    resource = {"uri": "standard input", "text": words}
    return [text("\n\nBeside this stands the "), {"type": "resource", "resource": resource}]


@pytest.mark.parametrize(
    ("arguments", "given", "blocks"),
    [
        (["Say it"], b"-old\n+new\n", [text("Say it"), *stdin("-old\n+new\n")]),
        (["Say it"], b"", [text("Say it")]),
        (["Say it"], b" \n", [text("Say it")]),
        (["Say it"], None, [text("Say it")]),
        (["Say it"], b"\xff\xfe", [text("Say it"), *stdin("\ufffd\ufffd")]),
        # What came through the pipe as the prompt names no files.
        (["-"], b"Look at @a.txt", [text("Look at @a.txt")]),
        (["-m", "Review:", "-"], b"+new", [text("Review:\n\n+new")]),
    ],
)
def test_what_is_piped_in(
    play: Play, daemon: FakeDaemon, arguments: list[str], given: bytes | None, blocks: list[Any]
) -> None:
    done = run(*arguments, given=given)
    assert done.returncode == 0, done.stderr
    (prompt,) = daemon.sent("session/prompt")
    assert prompt["prompt"] == blocks


def test_too_much_is_piped_in(
    arriero: Command, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "in").write_bytes(b"x" * 11)
    monkeypatch.setattr(piped_input, "MOST", 10)
    with (work / "in").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        result = arriero("run", "Read it")
    assert result.code == 1
    assert "Standard input is longer than" in result.err


def test_files_and_pictures(play: Play, arriero: Command, daemon: FakeDaemon, work: Path) -> None:
    (work / "shot.png").write_bytes(red_square())
    assert arriero("run", "See @a.txt", "--image", "shot.png").code == 0
    words, resource, image = daemon.sent("session/prompt")[0]["prompt"]
    assert (words, resource["resource"]["text"]) == (text("See "), OLD)
    assert (image["type"], image["mimeType"]) == ("image", "image/png")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--image", "a.txt"), "a.txt cannot be looked at: it is not a PNG"),
        (("--image", "none.png"), "none.png cannot be read: No such file"),
        (("--image", "page.png"), "page.png cannot be looked at: it is not a PNG"),
        (("--image", "empty.png"), "empty.png cannot be looked at: it is empty."),
        (
            ("--image", "cut.png"),
            "cut.png cannot be looked at: it is a PNG file that breaks off or",
        ),
        (("--output-schema", "none.json"), "none.json cannot be read: No such file"),
        (("--output-schema", "a.txt"), "a.txt is not JSON: "),
        (("--output-schema", "bad.json"), "bad.json is not a JSON schema: "),
        (("--output-schema", "list.json"), "list.json is not a JSON schema: a schema is a JSON ob"),
    ],
)
def test_what_cannot_be_used(
    play: Play, arriero: Command, work: Path, arguments: tuple[str, ...], words: str
) -> None:
    (work / "bad.json").write_text('{"type": "nothing"}')
    (work / "list.json").write_text("[]")
    (work / "page.png").write_text("<!DOCTYPE html>")
    (work / "empty.png").touch()
    (work / "cut.png").write_bytes(red_square()[:-20])
    result = arriero("run", *arguments, "Do")
    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert len(result.err.splitlines()) == 1


def test_the_answer_stands_alone(
    play: Play, arriero: Command, daemon: FakeDaemon, work: Path
) -> None:
    (work / "schema.json").write_text(json.dumps(SCHEMA))
    play.message, play.ask = '{"a": 1}', True
    result = arriero("run", "--output-schema", "schema.json", "--apply", "never", "Do")
    assert (result.code, result.out) == (0, '{"a": 1}\n')
    assert "Careful.\n" in result.err
    (prompt,) = daemon.sent("session/prompt")
    assert prompt["_meta"] == {"arriero": {"outputSchema": SCHEMA}}
    play.stop_reason = "error"
    failed = arriero("run", "--output-schema", "schema.json", "Do")
    assert (failed.code, failed.out) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_an_answer_that_cannot_be_written_is_no_answer(play: Play, flags: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*program(), "run", *flags, "Do it"],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            env=dict(os.environ),
            check=False,
        )
    assert done.returncode == 1
    assert b"cannot be written (No space left on device)" in done.stderr
    assert b"inside Arriero" not in done.stderr


@pytest.mark.parametrize(
    "words", [["run", "Do it"], ["run", "--json", "Do it"], ["models"], ["config", "show"]]
)
def test_an_output_that_is_closed_is_told(play: Play, daemon: FakeDaemon, words: list[str]) -> None:
    selected = {"provider": "ollama", "model": None}
    one = {"name": "q", "size": 0, "parameterSize": "", "quantization": ""}
    daemon.on("arriero/models", {"models": [one], "selected": selected, "shown": None})
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "arriero", *words],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
        env=dict(os.environ),
        check=False,
    )
    assert done.returncode == 1
    assert b"cannot be written (Bad file descriptor)" in done.stderr
    assert b"inside Arriero" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, HANGUP])
def test_who_is_ended_ends_its_run(play: Play, daemon: FakeDaemon, number: signal.Signals) -> None:
    play.stop_reason = "hang"
    process = subprocess.Popen(
        [*program(), "run", "Do it"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
    )
    assert process.stdout is not None
    assert process.stdout.readline()  # the run goes on
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert daemon.sent("session/cancel")
