"""Keys that are pressed in the very moment in which something is printed above the input line."""

from __future__ import annotations

import asyncio
import os
import pty
import termios
from collections.abc import Iterator

import pytest
from prompt_toolkit.application.current import get_app_session
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.output.vt100 import Vt100_Output

from arriero.cli.chat.input import ChatInput
from arriero.cli.chat.stage import Stage

_PATIENCE = 20


class Printing(Vt100_Output):
    """An output that has keys pressed while `mark` is printed, and sees the terminal then."""

    keys = b""
    mark = "PRINTED"
    master = slave = -1
    local_flags = -1

    def write_raw(self, data: str) -> None:
        super().write_raw(data)
        if self.mark in data:
            self.flush()
            self.local_flags = termios.tcgetattr(self.slave)[3]
            os.write(self.master, self.keys)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    yield master, slave
    os.close(slave)
    os.close(master)


@pytest.mark.parametrize(
    ("keys", "prompt"),
    [
        (b"d", "abcd"),
        (b"\x7f\x7fX", "aX"),  # a terminal that takes lines has rubbed out nothing of ours
        (b"\x15X", "X"),  # Ctrl-U
        (b"\x1b[DX", "abXc"),  # an arrow
        (b"\x03X", "X"),  # Ctrl-C is a key, and no signal that ends the program
        ("é".encode(), "abcé"),
    ],
)
async def test_none_is_lost_and_none_is_echoed(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch, keys: bytes, prompt: str
) -> None:
    master, slave = terminal
    with (
        open(slave, closefd=False) as stdin,
        open(slave, "w", closefd=False) as stdout,
    ):
        output = Printing(stdout, lambda: Size(24, 80), enable_cpr=False)
        # The session that threads see, too: it is one of them that prints.
        session = get_app_session()
        monkeypatch.setattr(session, "_input", Vt100Input(stdin))
        monkeypatch.setattr(session, "_output", output)
        output.keys, output.master, output.slave = keys, master, slave
        loop, read = asyncio.get_running_loop(), bytearray()
        loop.add_reader(master, lambda: read.extend(os.read(master, 65536)))
        line = ChatInput(Stage(), history=None, completer=DummyCompleter())
        async with line.opened():
            os.write(master, b"abc")
            await asyncio.wait_for(_shown(line, "abc"), _PATIENCE)
            print(output.mark)
            await asyncio.wait_for(_shown(line, prompt), _PATIENCE)
            os.write(master, b"\r")
            assert await asyncio.wait_for(line.next(), _PATIENCE) == prompt
        loop.remove_reader(master)
    assert output.local_flags & (termios.ECHO | termios.ICANON | termios.ISIG) == 0
    assert output.mark.encode() in read


async def _shown(line: ChatInput, text: str) -> None:
    """Wait until the line has a text."""
    while line._session.default_buffer.text != text:
        await asyncio.sleep(0.01)
