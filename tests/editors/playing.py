"""What the tests of real editors share: which there are, what the model says, running one.

The main job is the same in all: a run proposes two changes, the person accepts them, saves,
and takes the run back. A script in the editor's own language does what the person would, and leaves
copies of the saved file: `accepted.py` and `undone.py` beside it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from arriero.models.rehearsal import Call, Simulator, Turn

REPOSITORY = Path(__file__).parents[2]
HERE = Path(__file__).parent
PATIENCE = 90  # seconds for one run of an editor on a busy machine
REPEATS = range(3)
BEFORE = "# arriero: write the numbers as words\n" + "".join(f"{n}\n" for n in range(20))
AFTER = BEFORE.replace("\n3\n", "\nthree\n").replace("\n15\n", "\nfifteen\n")


@dataclass(frozen=True)
class Program:
    """An editor: its name for the test, and what starts it, or why it cannot be had."""

    name: str
    path: str | None
    missing: str

    def __str__(self) -> str:
        return self.name

    def found(self) -> str:
        """Return the program; skips the test with the reason where there is none."""
        if self.path is None:
            pytest.skip(self.missing)
        return self.path


def programs(name: str) -> tuple[Program, ...]:
    """Return the system's editor of a name, and the newer one of `trixie.sh`."""
    cache = os.environ.get("ARRIERO_EDITORS_CACHE", "")
    newer = str(Path(cache, "bin", name))
    have = bool(cache) and os.access(newer, os.X_OK)
    reason = "no newer editors: set ARRIERO_EDITORS_CACHE and run tests/editors/trixie.sh"
    return (
        Program(name, shutil.which(name), f"{name} is not installed"),
        Program(f"{name}-trixie", newer if have else None, reason),
    )


def say_two_changes(simulator: Simulator) -> None:
    """Have the model change lines 4 and 16 of `a.py`."""

    def edit(old: str, new: str) -> Turn:
        call = Call("edit_file", {"path": "a.py", "old_string": old, "new_string": new})
        return Turn(calls=[call])

    simulator.say(
        edit("2\n3\n", "2\nthree\n"),
        edit("14\n15\n", "14\nfifteen\n"),
        Turn("The numbers are words."),
    )


@dataclass(frozen=True)
class Job:
    """A workspace with `a.py` in it, and the environment of the editor."""

    folder: Path
    environment: dict[str, str]

    async def run(self, *command: str) -> str:
        """Run an editor to its end and return what it printed; fails if it fails or hangs."""
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        except asyncio.TimeoutError:
            process.kill()
            output, _ = await process.communicate()
            pytest.fail(f"{command[0]} did not end:\n{output.decode(errors='replace')[-4000:]}")
        text = output.decode(errors="replace")
        assert process.returncode == 0, text[-4000:]
        return text

    def text(self, name: str) -> str:
        """Return what a file of the workspace holds."""
        return (self.folder / name).read_text("utf-8")

    def is_done(self) -> None:
        """Check that the main job was done: applied, saved, taken back, saved."""
        assert self.text("accepted.py") == AFTER
        assert self.text("undone.py") == BEFORE
        assert self.text("a.py") == BEFORE


def job(root: Path, environment: Mapping[str, str]) -> Job:
    """Lay out a workspace."""
    (root / ".git").mkdir(exist_ok=True)
    (root / "a.py").write_text(BEFORE, "utf-8")
    home = root.parent / "home"
    home.mkdir(exist_ok=True)
    told = {
        **environment,
        "HOME": str(home),
        "TERM": "xterm-256color",
        "TEST_PYTHON": sys.executable,
        "TEST_CLIENTS": str(REPOSITORY / "editor-client"),
    }
    return Job(root, told)
