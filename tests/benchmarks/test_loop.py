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
MAX_MILLISECONDS = 5.0


def step(number: int) -> list[Chunk]:
    words: list[Chunk] = [TextChunk(f"word {n} ") for n in range(PIECES)]
    read = call("read_file", f"c{number}", path="a.txt")
    return [*words, read, Finished("stop", Usage(100, PIECES))]


async def test_overhead_per_step(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    (root / "a.txt").write_text("one\n")
    turns: list[Turn] = [step(n) for n in range(STEPS)]
    async with hub(tmp_path, [*turns, say("done")]) as (made, _):
        editor = FakeEditor()
        attachment = await made.attach([str(root)], editor)
        await ask(attachment, mode="ask")
    ends = [e.at for e in editor.events if isinstance(e.body, StepEnded)]
    whole = [later - earlier for earlier, later in pairwise(ends)]
    tools = _tool_seconds(editor)
    overhead = [1000 * (w - t) for w, t in zip(whole, tools, strict=False)]
    floor = await asyncio.to_thread(_commit_milliseconds, tmp_path / "floor.db")
    events = PIECES + 3
    median = statistics.median(overhead)
    print(
        f"\nloop overhead per step of {events} events: median {median:.2f} ms, "
        f"{median / (events * floor):.1f} x of {events} bare commits ({floor:.3f} ms each)"
    )
    assert median <= MAX_MILLISECONDS


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
