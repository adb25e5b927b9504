"""What a step of the loop costs beside the model and the tools: storing and showing its events."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import time
from itertools import pairwise
from pathlib import Path

import pytest

from agent.fakes import FakeEditor, Turn, call, say
from arriero.models.types import Chunk, Finished, TextChunk, Usage
from arriero.sessions.events import StepEnded, ToolEnded, ToolStarted
from daemon.bench import ask, hub

pytestmark = pytest.mark.benchmark

STEPS = 30
PIECES = 20
EVENTS = PIECES + 3
MAX_MILLISECONDS = 5.0
ROUNDS = 8  # a busy machine spoils some of them, never makes one too fast


def step(number: int) -> list[Chunk]:
    words: list[Chunk] = [TextChunk(f"word {n} ") for n in range(PIECES)]
    read = call("read_file", f"c{number}", path=f"{number}.txt")
    return [*words, read, Finished("stop", Usage(100, PIECES))]


async def test_overhead_per_step(tmp_path: Path) -> None:
    medians = []
    for number in range(ROUNDS):
        overhead = await _overhead(tmp_path / str(number))
        assert len(overhead) == STEPS - 1
        medians.append(statistics.median(overhead))
        if medians[-1] <= MAX_MILLISECONDS / 2:
            break
    floor = await asyncio.to_thread(_commit_milliseconds, tmp_path / "floor.db")
    print(
        f"\nloop overhead per step of {EVENTS} events: median {min(medians):.2f} ms"
        f" (best of {len(medians)}), {min(medians) / (EVENTS * floor):.1f} x of {EVENTS}"
        f" bare commits ({floor:.3f} ms each)"
    )
    assert min(medians) <= MAX_MILLISECONDS


async def _overhead(folder: Path) -> list[float]:
    """Milliseconds between the ends of steps, without their tools; each step reads a file of its
    own, since a call that repeats itself ends the run."""
    root = folder / "work"
    root.mkdir(parents=True)
    for number in range(STEPS):
        (root / f"{number}.txt").write_text(f"the text of {number}\n")
    turns: list[Turn] = [step(n) for n in range(STEPS)]
    async with hub(folder, [*turns, say("done")]) as (made, _):
        editor = FakeEditor()
        attachment = await made.attach([str(root)], editor)
        await ask(attachment, mode="ask")
    ends = [e.at for e in editor.events if isinstance(e.body, StepEnded)][:STEPS]
    whole = [later - earlier for earlier, later in pairwise(ends)]
    tools = _tool_seconds(editor)[1:]
    return [1000 * (w - t) for w, t in zip(whole, tools, strict=True)]


def _tool_seconds(editor: FakeEditor) -> list[float]:
    began = [e.at for e in editor.events if isinstance(e.body, ToolStarted)]
    ended = [e.at for e in editor.events if isinstance(e.body, ToolEnded)]
    return [later - earlier for earlier, later in zip(began, ended, strict=True)]


def _commit_milliseconds(path: Path) -> float:
    """The floor: one row and one commit in the same mode, without a loop around it."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, data TEXT)")
    times = []
    for _ in range(500):
        began = time.perf_counter()
        db.execute('INSERT INTO events (data) VALUES (\'{"step":1,"text":"word"}\')')
        times.append(time.perf_counter() - began)
    db.close()
    return 1000 * statistics.median(times)
