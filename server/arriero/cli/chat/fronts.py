"""Chooses what a chat is shown on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arriero.cli.chat.completion import ChatCompleter, Files
from arriero.cli.chat.front import Front, Lines, Screen, can_draw
from arriero.cli.chat.input import ChatInput
from arriero.cli.chat.stage import Stage
from arriero.cli.interrupt import Interrupts
from arriero.cli.terminal import Terminal
from arriero.settings.paths import state_dir


def make_front(folder: str, interrupts: Interrupts, models: Callable[[], Sequence[str]]) -> Front:
    """Return a screen where the terminal can be drawn on, else lines in and lines out."""
    terminal = Terminal()
    if not can_draw(terminal):
        return Lines(folder, interrupts)
    stage = Stage()
    completer = ChatCompleter(Files(folder), models)
    keys = ChatInput(stage, history=state_dir() / "chat-history", completer=completer)
    return Screen(stage, keys, folder, interrupts)
