"""`arriero run` at a terminal: questions, colours and Ctrl-C, through a pseudo-terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.fake_daemon import FakeConnection, FakeDaemon
from cli.play import LINE, NEW, OLD, Play, piece
from cli.screen import Screen


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


@pytest.mark.parametrize(("key", "answer"), [("h", "allow_here"), ("v", "reject_here")])
def test_an_answer_for_good_is_a_key_where_it_is_offered(
    key: str, answer: str, play: Play, screens: list[Screen]
) -> None:
    play.ask = True
    play.for_good = [("allow_here", "allow_always"), ("reject_here", "reject_always")]
    screen = start(screens, "--apply", "never")
    screen.until("always [h]ere, ne[v]er here, [n]o: ")
    screen.type(f"{key}\n")
    assert screen.end() == 0
    assert play.permissions == [{"outcome": {"outcome": "selected", "optionId": answer}}]


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


def test_a_sentence_is_no_answer(play: Play, screens: list[Screen]) -> None:
    play.ask = True
    screen = start(screens)
    screen.until("[n]o:")
    screen.type("and another thing to do\n")
    screen.until("[n]o:")  # asked again
    screen.type("no\n")
    screen.until(QUESTION)
    screen.type("a prompt typed ahead\n")
    screen.until("decide nothing more")
    screen.until(QUESTION)
    screen.type("quit\n")
    assert screen.end() == 0
    assert play.permissions == [{"outcome": {"outcome": "selected", "optionId": "id-reject_once"}}]
    assert play.path.read_text() == OLD


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
