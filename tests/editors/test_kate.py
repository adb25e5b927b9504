"""The main job in a real Kate, with nothing but its LSP client and the settings that we give."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.models.rehearsal import Simulator
from editors.kate.desktop import Desktop, missing
from editors.playing import (
    AFTER,
    BEFORE,
    REPEATS,
    REPOSITORY,
    Job,
    Program,
    programs,
    say_two_changes,
)

pytestmark = pytest.mark.editors

ACTIONS, SAVE = "alt+Return", "ctrl+s"


def configured(work: Job) -> None:
    """Give Kate the file of `editor-client/kate`, with this Python's server, and leave to run it.

    The leave is what it asks for the first time.
    """
    config = Path(work.environment["HOME"], ".config")
    command = [sys.executable, "-m", "arriero", "lsp"]
    settings = json.loads((REPOSITORY / "editor-client/kate/settings.json").read_text("utf-8"))
    settings["servers"]["python"]["command"] = command
    folder = config / "kate" / "lspclient"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(settings), "utf-8")
    (config / "katerc").write_text(
        "[Kate Plugins]\nlspclientplugin=true\n\n[General]\nStartup Session=new\n\n"
        f"[lspclient]\nAllowedServerCommandLines={' '.join(command)}\n",
        "utf-8",
    )
    work.environment.update(XDG_CONFIG_HOME=str(config), LC_ALL="C.UTF-8")


@pytest.mark.parametrize("repeat", REPEATS)
@pytest.mark.parametrize("program", programs("kate")[:1], ids=str)
async def test_the_main_job(program: Program, repeat: int, work: Job, simulator: Simulator) -> None:
    kate = program.found()
    if absent := missing():
        pytest.skip(absent)
    say_two_changes(simulator)
    configured(work)
    file = work.folder / "a.py"

    def saved(text: str) -> bool:
        return file.read_text("utf-8") == text

    async with Desktop([kate, "-n", "a.py"], work.folder, work.environment) as desktop:

        async def act(line: int, place: int, fits: Callable[[int], bool] = bool) -> int:
            """Choose what is at a place of the line's menu, from 0; return how tall it was."""
            await desktop.press("ctrl+Home", *["Down"] * (line - 1))
            height = await desktop.menu(ACTIONS, fits)
            await desktop.press(*["Down"] * (place + 1), "Return")
            return height

        await desktop.window("a.py")
        six = await act(1, place=2)  # "Follow this comment", one of six
        await act(5, place=0, fits=lambda height: height > six)  # "Accept this change", one of nine
        one = BEFORE.replace("\n3\n", "\nthree\n")
        await desktop.press_until(lambda: saved(one), "the first change is saved", SAVE)
        await act(17, place=0, fits=lambda height: height > six)
        await desktop.press_until(lambda: saved(AFTER), "the second change is saved", SAVE)
        (work.folder / "accepted.py").write_bytes(file.read_bytes())
        await act(17, place=0, fits=lambda height: height == six)  # "Undo Arriero's last change"
        await desktop.press_until(lambda: saved(BEFORE), "the file is as it was", SAVE)
        (work.folder / "undone.py").write_bytes(file.read_bytes())
    work.is_done()
