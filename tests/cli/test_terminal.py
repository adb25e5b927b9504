"""`arriero run` at a terminal: questions, colours and Ctrl-C, through a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.fake_daemon import FakeConnection, FakeDaemon
from cli.play import LINE, NEW, OLD, Play, piece

_PATIENCE = 30.0  # seconds
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Screen:
    """A command at a terminal."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "arriero", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, **environment},
        )
        os.close(slave)
        self.raw = ""
        self._seen = 0

    @property
    def text(self) -> str:
        """What was printed, without escape sequences."""
        return _ESCAPES.sub("", self.raw)

    def until(self, words: str) -> None:
        """Wait for words after those that were waited for before."""
        end = time.monotonic() + _PATIENCE
        while (found := self.text.find(words, self._seen)) < 0:
            assert self._read(end), f"{words!r} did not come:\n{self.text}"
        self._seen = found + len(words)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Wait for the end; return the exit code."""
        end = time.monotonic() + _PATIENCE
        while self._read(end):
            pass
        return self.process.wait(_PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0, end - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux's word for the end
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)


@pytest.fixture
def play(daemon: FakeDaemon, work: Path) -> Play:
    return Play(daemon, work)


@pytest.fixture
def screens() -> Iterator[list[Screen]]:
    opened: list[Screen] = []
    yield opened
    for screen in opened:
        screen.close()


def start(screens: list[Screen], *arguments: str, **environment: str) -> Screen:
    screens.append(Screen("run", *arguments, "Change it", **environment))
    return screens[-1]


QUESTION = "[y/n/a/q/?] "
DECISIONS = [
    # (keys at each question, applied, rejected, exit code, words at the end)
    (["y", "n"], ["1"], ["2"], "Applied 1 change."),
    (["?", "y", "y"], ["1", "2"], [], "Applied 2 changes."),
    (["n", "x", "n"], [], ["1", "2"], ""),
    (["a"], ["1", "2"], [], "Applied 2 changes."),
    (["n", "a"], ["2"], ["1"], "Applied 1 change."),
    (["y", "q"], ["1"], [], "1 change is left open; accept them in an editor."),
    (["q"], [], [], "2 changes are left open"),
    (["\x04"], [], [], "2 changes are left open"),
]


@pytest.mark.parametrize(("keys", "applied", "rejected", "words"), DECISIONS)
def test_each_change_is_asked_for(
    keys: list[str],
    applied: list[str],
    rejected: list[str],
    words: str,
    play: Play,
    daemon: FakeDaemon,
    screens: list[Screen],
) -> None:
    screen = start(screens)
    for key in keys:
        screen.until(QUESTION)
        screen.type(key if key == "\x04" else f"{key}\n")
    assert screen.end() == 0
    assert words in screen.text
    sent = {
        p["command"]: p["arguments"][0]["hunks"] for p in daemon.sent("workspace/executeCommand")
    }
    assert sent.get("arriero.accept", []) == applied
    assert sent.get("arriero.reject", []) == rejected
    assert play.path.read_text() == (NEW if "1" in applied else OLD)
    assert play.path.with_name("b.txt").exists() == ("2" in applied)


def test_what_is_shown(play: Play, screens: list[Screen]) -> None:
    screen = start(screens)
    screen.until(QUESTION)
    for words in (
        "hm",
        "I will look.\\x1b[2J",
        "* Read a.txt",
        "  Error: no such file",
        "Careful.",
        "Asking again: it was empty",
        LINE,
    ):
        assert words in screen.text
    assert "Proposed: a.txt (+1 -1), b.txt (new file, +1)" in screen.text
    assert f"\x1b[2m{LINE}" in screen.raw
    assert "\x1b[31m-two" in screen.raw
    assert "\x1b[32m+2" in screen.raw
    screen.type("q\n")
    assert screen.end() == 0


def test_no_color_is_honoured(play: Play, screens: list[Screen]) -> None:
    screen = start(screens, "--apply", "never", NO_COLOR="1")
    assert screen.end() == 0
    assert "-two" in screen.text
    assert not re.search(r"\x1b\[(\d+;)*3\dm", screen.raw)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["y"], {"outcome": "selected", "optionId": "id-allow_once"}),
        (["x", "a"], {"outcome": "selected", "optionId": "id-allow_always"}),
        (["n"], {"outcome": "selected", "optionId": "id-reject_once"}),
        (["\x04"], {"outcome": "selected", "optionId": "id-reject_once"}),
    ],
)
def test_a_permission_is_asked(
    keys: list[str], answer: dict[str, str], play: Play, screens: list[Screen]
) -> None:
    play.ask = True
    screen = start(screens, "--apply", "never")
    for key in keys:
        screen.until("[n]o: ")
        screen.type(key if key == "\x04" else f"{key}\n")
    assert screen.end() == 0
    assert "Run make\n  make all\n" in screen.text
    assert play.permissions == [{"outcome": answer}]


def test_ctrl_c_cancels_the_run_and_shows_its_end(
    play: Play, daemon: FakeDaemon, screens: list[Screen]
) -> None:
    play.stop_reason = "hang"
    screen = start(screens)
    screen.until("Careful.")
    screen.interrupt()
    assert screen.end() == 130
    assert daemon.sent("session/cancel") == [{"sessionId": "s1"}]
    assert "Cancelled." in screen.text
    assert "Traceback" not in screen.text


def test_ctrl_c_at_a_question_answers_it(play: Play, screens: list[Screen]) -> None:
    play.ask = True
    play.stop_reason = "hang"
    screen = start(screens)
    screen.until("[n]o: ")
    screen.interrupt()
    assert screen.end() == 130
    assert play.permissions == [{"outcome": {"outcome": "cancelled"}}]


def test_a_second_ctrl_c_does_not_wait(
    play: Play, daemon: FakeDaemon, screens: list[Screen]
) -> None:
    play.stop_reason = "hang"
    daemon.deaf = True
    screen = start(screens)
    screen.until("Careful.")
    screen.interrupt()
    daemon.wait_for("session/cancel")
    screen.interrupt()
    assert screen.end() == 130


def test_ctrl_c_at_the_review_leaves_everything_open(
    play: Play, daemon: FakeDaemon, screens: list[Screen]
) -> None:
    screen = start(screens)
    screen.until(QUESTION)
    screen.interrupt()
    assert screen.end() == 130
    assert daemon.sent("workspace/executeCommand") == []
    assert play.path.read_text() == OLD
    assert "Traceback" not in screen.text
    assert "\narriero: Cancelled." in screen.text


def test_a_daemon_that_dies_is_told_on_a_line_of_its_own(
    play: Play, daemon: FakeDaemon, screens: list[Screen]
) -> None:
    async def dies(client: FakeConnection, params: Any) -> Any:
        client.update(params["sessionId"], **piece("Half an ans"))
        await client._writer.drain()
        client._writer.close()

    daemon.on("session/prompt", dies)
    screen = start(screens)
    assert screen.end() == 1
    assert "Half an ans\narriero: The daemon ended;" in screen.text
