"""The input line, with keys as a terminal sends them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from arriero.cli.chat.input import ChatInput
from arriero.cli.chat.stage import Stage
from daemon.clock import until

PATIENCE = 20
PASTE = "\x1b[200~{}\x1b[201~"


class Desk:
    """An open input line, and the keyboard before it."""

    def __init__(self, keys: ChatInput, stage: Stage, keyboard: PipeInput, screen: io.StringIO):
        self.keys, self.stage, self.screen = keys, stage, screen
        self._keyboard = keyboard
        self.now = 0.0

    def type(self, text: str) -> None:
        self._keyboard.send_text(text)

    async def next(self) -> str:
        return await asyncio.wait_for(self.keys.next(), PATIENCE)

    def knows_history(self) -> bool:
        """Tell whether what was typed before can be searched: it is read when a line is drawn."""
        loading = self.keys._session.default_buffer._load_history_task
        return loading is not None and loading.done()


@contextlib.asynccontextmanager
async def desk(history: Path | None = None) -> AsyncIterator[Desk]:
    screen = io.StringIO()
    with create_pipe_input() as keyboard:
        output = Vt100_Output(screen, lambda: Size(24, 80), enable_cpr=False)
        with create_app_session(input=keyboard, output=output):
            stage = Stage()
            keys = ChatInput(stage, history=history, completer=DummyCompleter())
            made = Desk(keys, stage, keyboard, screen)
            stage.clock = lambda: made.now
            async with keys.opened():
                yield made


@pytest.mark.parametrize(
    ("typed", "prompt"),
    [
        ("Hello\r", "Hello"),
        ("  \rHello \r", "Hello"),
        ("one\x1b\rtwo\r", "one\ntwo"),  # Alt-Enter
        ("one\x1b\ntwo\n", "one\ntwo"),  # as while something is printed
        ("one\\\rtwo\r", "one\ntwo"),
        ("a\\\x1b[D\r", "a\\"),  # the backslash is not at the cursor
        (PASTE.format("one\r\ntwo") + "\r", "one\ntwo"),
        ("wrong\x03right\r", "right"),
        ("x\x04y\r", "xy"),  # Ctrl-D ends an empty line only
    ],
)
async def test_a_prompt(typed: str, prompt: str) -> None:
    async with desk() as made:
        made.type(typed)
        assert await made.next() == prompt


@pytest.mark.parametrize(
    ("typed", "prompt"),
    [
        ("\x12fir\r\x05 again\r", "the first again"),  # Enter takes what is found, sends nothing
        ("\x12fir\n\n", "the first"),
        ("\x12fir\x03right\r", "right"),  # Ctrl-C leaves the search, as in a shell
        ("\x12fir\x04\x07right\r", "right"),  # Ctrl-D does not end the chat
    ],
)
async def test_a_search_in_what_was_typed_before(tmp_path: Path, typed: str, prompt: str) -> None:
    async with desk(tmp_path / "history") as made:
        made.type("the first\rthe second\r")
        assert [await made.next() for _ in range(2)] == ["the first", "the second"]
        await until(made.knows_history)
        made.type(typed)
        assert await made.next() == prompt


async def test_ctrl_z_leaves_the_terminal_to_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *of: sent.append(of))
    async with desk() as made:
        made.type("half \x1adone\r")
        assert await made.next() == "half done"
    assert sent == [(0, signal.SIGTSTP)]


async def test_what_is_typed_ahead_waits_in_order() -> None:
    async with desk() as made:
        made.type("one\rtwo\rthree\r")
        assert [await made.next() for _ in range(2)] == ["one", "two"]
        assert made.stage.queued == 1
        assert made.keys.forget() == 1
        made.type("\x04")
        with pytest.raises(EOFError):
            await made.next()


async def test_a_key_answers_and_what_was_being_typed_stays() -> None:
    async with desk() as made:
        made.type("half")
        while made.keys._session.default_buffer.text != "half":
            await asyncio.sleep(0)
        asked = asyncio.ensure_future(made.keys.ask("Allow it? "))
        await asyncio.sleep(0)
        assert made.stage.question == "Allow it? "
        # Whoever is in the middle of a word does not answer with its next letter.
        made.now = 0.3
        made.type("y")
        while made.keys._typed != made.now:
            await asyncio.sleep(0)
        made.now = 5.0
        made.type("n")
        assert await asyncio.wait_for(asked, PATIENCE) == "n"
        made.type(" done\r")
        assert await made.next() == "half done"


@pytest.mark.parametrize("key", ["\x03", "\x04"])
async def test_no_answer(key: str) -> None:
    async with desk() as made:
        asked = asyncio.ensure_future(made.keys.ask("Allow it? "))
        await asyncio.sleep(0)
        made.type(PASTE.format("y") + key)
        with pytest.raises(EOFError):
            await asyncio.wait_for(asked, PATIENCE)
        made.type("\x03go on\r")  # what was pasted is not lost: it stands in the line
        assert await made.next() == "go on"


async def test_ctrl_c_goes_to_what_is_going_on() -> None:
    interrupted: list[int] = []

    def once() -> bool:
        interrupted.append(1)
        return len(interrupted) == 1

    async with desk() as made:
        made.keys.interrupted = once
        made.type("next\x03 one\r")
        assert await made.next() == "next one"
        assert interrupted == [1]


async def test_ctrl_c_with_nothing_to_end_says_what_ends_the_chat() -> None:
    def hint() -> str:
        return made.stage.hint

    async with desk() as made:
        made.type("x\x03\x03")
        while not hint():
            await asyncio.sleep(0)
        assert hint() == "Ctrl-D ends the chat"
        made.type("typed\r")
        assert await made.next() == "typed"
        assert hint() == ""


async def test_history_is_kept_for_the_user_alone(tmp_path: Path) -> None:
    kept = tmp_path / "state" / "chat-history"
    async with desk(kept) as made:
        made.type("first\r")
        await made.next()
    assert kept.stat().st_mode & 0o777 == 0o600
    async with desk(kept) as made:
        made.type("\x1b[A\r")
        assert await made.next() == "first"


async def test_what_is_printed_goes_above_the_line() -> None:
    async with desk() as made:
        print("printed")
    assert "printed\n" in made.screen.getvalue().replace("\r", "")
