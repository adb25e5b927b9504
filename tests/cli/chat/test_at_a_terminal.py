"""`arriero chat` at a pseudo-terminal, against a daemon that plays a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.fake_daemon import FakeConnection, FakeDaemon, Refusal
from cli.play import LINE, NEW, OLD, Play, piece, text
from cli.screen import Screen

READY = "/help lists what can be typed."
QUESTION = "[y/n/a/q/?]"


@pytest.fixture
def play(daemon: FakeDaemon, work: Path) -> Play:
    made = Play(daemon, work)
    daemon.on("session/new", {"sessionId": "s1", "modes": {"currentModeId": "agent"}})
    daemon.on(
        "arriero/models",
        {
            "models": [{"name": "qwen3:8b", "parameterSize": "8B"}],
            "selected": {"provider": "ollama", "model": None},
        },
    )
    return made


@pytest.fixture
def screen(play: Play) -> Iterator[Screen]:
    made = Screen("chat")
    made.until(READY)
    yield made
    made.close()


def quit_(screen: Screen) -> None:
    screen.type("/quit\r")
    assert screen.end() == 0
    assert "Traceback" not in screen.text


def test_prompts_one_after_the_other(play: Play, daemon: FakeDaemon, screen: Screen) -> None:
    play.before = [piece("# Plan\n\n- **one**\n\n")]
    screen.type("Change it\r")
    screen.until(QUESTION)
    for words in (
        "> Change it",
        "Thought: hm",
        "Plan",
        " • one",
        "I will look.\\x1b[2J",
        "x Read a",
    ):
        screen.shows(words)
    screen.shows("| Error: no such file")
    screen.shows("Asking again: it was empty")
    assert "**" not in screen.text
    screen.type("y")
    screen.until("Apply change 2 of 2?")
    screen.type("n")
    screen.until("Applied 1 change.")
    assert play.path.read_text() == NEW
    screen.type("/mode ask\r")
    screen.until("The mode is ask")
    screen.type("And then\\\rthis\r")
    screen.until(QUESTION)
    screen.type("q")
    screen.until("/review, /apply or /reject")
    assert [p["prompt"] for p in daemon.sent("session/prompt")] == [
        [text("Change it")],
        [text("And then\nthis")],
    ]
    assert daemon.sent("session/set_mode") == [{"sessionId": "s1", "modeId": "ask"}]
    quit_(screen)


def test_ctrl_c_ends_the_run_and_not_the_chat(
    play: Play, daemon: FakeDaemon, screen: Screen
) -> None:
    play.stop_reason = "hang"
    screen.type("Change it\r")
    screen.until("Careful.")
    screen.until("waiting for the model")  # the line is drawn again after what was printed
    screen.type("typed ahead\r\x03")
    screen.until("What was typed ahead is dropped (1).")
    screen.until("Cancelled.")
    assert daemon.sent("session/cancel") == [{"sessionId": "s1"}]
    play.stop_reason = "end_turn"
    screen.type("Again\r")
    screen.until(QUESTION)
    screen.type("\x03")  # the review is left, all of it stays open
    screen.until("2 changes are open")
    assert len(daemon.sent("session/prompt")) == 2
    quit_(screen)
    assert play.path.read_text() == OLD


def test_a_permission_is_one_key(play: Play, screen: Screen) -> None:
    play.ask = True
    screen.type("Change it\r")
    screen.until("make all")
    screen.until("[n]o:")
    screen.type("a")
    screen.until("Allowed in this session.")
    screen.until(QUESTION)
    screen.type("q")
    screen.until("2 changes are open")
    assert play.permissions == [{"outcome": {"outcome": "selected", "optionId": "id-allow_always"}}]
    quit_(screen)


def test_a_connection_that_is_lost_is_made_anew(
    play: Play, daemon: FakeDaemon, screen: Screen
) -> None:
    played = daemon.handlers["session/prompt"]

    async def dies(client: FakeConnection, params: Any) -> Any:
        daemon.on("session/prompt", played)
        client._writer.transport.abort()

    daemon.on("session/prompt", dies)
    screen.type("Change it\r")
    screen.until("your next prompt makes it anew")
    screen.type("Once more\r")
    screen.until("Connected again.")
    screen.until(QUESTION)
    screen.type("q")
    screen.until("2 changes are open")
    # In the same session, and in no other.
    assert [p["sessionId"] for p in daemon.sent("session/prompt")] == ["s1", "s1"]
    assert len(daemon.sent("session/new")) == 1
    quit_(screen)


def test_what_goes_wrong_is_said_and_the_chat_goes_on(
    play: Play, daemon: FakeDaemon, screen: Screen
) -> None:
    def refuses(client: FakeConnection, params: Any) -> Any:
        raise Refusal("There is no such model; look at /model.")

    daemon.on("session/set_model", refuses)
    play.stop_reason = "error"
    for typed, said in (
        ("/nothing", "/nothing is no command; /help lists them."),
        ("/re", "/re may be /review, /reject"),
        ("/model gpt", "There is no such model; look at /model."),
        ("/mode huge", "huge is no mode; there are ask, edit, agent, plan."),
        ("/retry", "There is no prompt yet"),
        ("/diff", "has changed anything yet"),
        ("/apply", "Nothing is open"),
        ("/copy", "no answer yet"),
        ("Change it", "Ollama does not answer: start it."),
        ("/help", "/resume [ID]"),
    ):
        screen.type(f"{typed}\r")
        screen.until(said)
    quit_(screen)


def test_a_new_session_shows_nothing_of_the_window_of_the_one_before(play: Play) -> None:
    screen = Screen("chat", PROMPT_TOOLKIT_NO_CPR="")
    screen.until(READY)
    screen.type("Change it\r")
    screen.until(QUESTION)
    screen.type("q")
    screen.until("2 changes are open")
    screen.until(LINE)
    screen.type("/new\r")
    screen.until("A new session.")
    screen.until("/help")  # the end of the line at the bottom
    before = len(screen.text)
    screen.type("/nothing\r")
    screen.until("/nothing is no command")
    screen.until("agent")
    assert LINE not in screen.text[before:]
    quit_(screen)
    screen.close()


def test_a_model_that_cannot_be_looked_for_is_used(
    play: Play, daemon: FakeDaemon, screen: Screen
) -> None:
    told = {"_meta": {"arriero": {"notice": "Whether far is there cannot be told now."}}}
    daemon.on("session/set_model", told)
    screen.type("/model far\r")
    screen.until("Whether far is there cannot be told now.")
    screen.until("Your next prompt goes to far.")
    quit_(screen)


def test_a_model_that_is_not_there_keeps_nobody_out(play: Play, daemon: FakeDaemon) -> None:
    def refuses(client: FakeConnection, params: Any) -> Any:
        if params["modelId"] == "qwen":
            raise Refusal("There is no model qwen; choose one that is there: qwen3:8b.")
        return {}

    daemon.on("session/set_model", refuses)
    screen = Screen("chat", "--model", "qwen")
    screen.until("choose one that is there: qwen3:8b.")
    screen.type("/model qwen3:8b\r")
    screen.until("Your next prompt goes to qwen3:8b.")
    quit_(screen)
    screen.close()


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours(play: Play, environment: dict[str, str]) -> None:
    screen = Screen("chat", "--apply", "never", **environment)
    try:
        screen.until(READY)
        screen.type("Change it\r" if "NO_COLOR" in environment else "Change it\n")
        screen.until("-two")
        screen.type("/quit\n")
        assert screen.end() == 0
        colours = [f"\x1b[{code}m" for code in (31, 32, 33, 36)]
        assert not any(colour in screen.raw for colour in colours)
        if environment.get("TERM") == "dumb":
            assert "\x1b" not in screen.raw
    finally:
        screen.close()


def test_ctrl_c_where_lines_are_asked_for(play: Play, daemon: FakeDaemon) -> None:
    """A terminal that can do no more: neither a question nor the prompt ends the chat by it."""
    screen = Screen("chat", TERM="dumb")
    try:
        screen.until(READY)
        screen.until("> ")
        screen.interrupt()
        screen.until("> ")
        screen.type("and this\\\n")
        screen.until("... ")
        screen.interrupt()
        screen.until("> ")
        screen.type("Change it\n")
        screen.until(QUESTION)
        screen.interrupt()  # the review is left, all of it stays open
        screen.until("2 changes are open")
        screen.until("> ")
        screen.type("\x04")
        assert screen.end() == 0
        assert [p["prompt"] for p in daemon.sent("session/prompt")] == [[text("Change it")]]
        assert play.path.read_text() == OLD
        assert "Traceback" not in screen.text
    finally:
        screen.close()
