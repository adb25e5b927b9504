"""Sessions and proposals that are large in each of the ways in which they can be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from arriero.sessions.events import (
    EventBody,
    FileDiff,
    RunEnded,
    RunStarted,
    StepEnded,
    Text,
    Thought,
    ToolEnded,
    ToolStarted,
)
from arriero.sessions.store import SessionStore
from arriero.workspace.buffers import NoBuffers
from arriero.workspace.checkpoints import Checkpoints
from arriero.workspace.runrecord import RunRecord
from arriero.workspace.view import WorkspaceView
from scale import is_full

_FULL = is_full()
EVENTS = 20_000 if _FULL else 3_000
FILES = 1_000 if _FULL else 120
LARGE_LINES = 102_000 if _FULL else 15_000  # of 49 characters
CHUNKS = 100_000 if _FULL else 10_000
THOUGHTS = 30_000 if _FULL else 4_000
WATCHED = 10_000 if _FULL else 1_500
_TIMES = 6  # that a scenario can be played in one daemon
LINE = "a line of some forty characters, or so\n"


async def fill(state: Path, root: Path) -> None:
    """Keep the sessions and proposals in the folder of a daemon that does not run yet."""
    store = SessionStore(state / "sessions.db")
    await store.open()
    try:
        await _session(store, root, "ses-events", _many_events(EVENTS))
        await _session(store, root, "ses-history", _long_history(2_000_000))
        await _session(store, root, "ses-diffs", _large_diffs(5_000_000))
    finally:
        await store.close()
    _propose(state, root)


def _propose(state: Path, root: Path) -> None:
    """Keep proposals that change each of the files."""
    view = WorkspaceView([str(root)], NoBuffers())
    for number in range(FILES):
        path = f"file{number}.txt"
        view.read(path)
        view.write(path, LINE * 10 + "changed\n" + LINE * 9)
    proposal = view.proposal("", "ses-history", "Change all files")
    checkpoints = Checkpoints(state / "checkpoints")
    for number in range(_TIMES):
        one = replace(proposal, run_id=f"run-files-{number}")
        checkpoints.save(RunRecord(one, (str(root),)))


async def _session(
    store: SessionStore, root: Path, session_id: str, bodies: list[EventBody]
) -> None:
    await store.create([str(root)], "agent", title=session_id, session_id=session_id)
    run_id = f"run-{session_id}"
    await store.start_run(session_id, run_id, session_id)
    await store.append(session_id, run_id, bodies)


def _begun() -> RunStarted:
    return RunStarted("do it", "do it", "agent", "m", "ollama", "system", "large", "replace")


def _many_events(count: int) -> list[EventBody]:
    bodies: list[EventBody] = [_begun()]
    for step in range(1, count // 5 + 1):
        bodies += [
            Thought(step, "I think about it. "),
            Text(step, "Now I read the file. "),
            ToolStarted(step, f"c{step}", "read_file", {"path": "a"}, "Read a", "read"),
            ToolEnded(step, f"c{step}", "read_file", "ok", LINE * 5, 3),
            StepEnded(step, 100, 10, 0, 1, 1, None, 8192, "native"),
        ]
    return [*bodies, RunEnded("end_turn", "done")]


def _long_history(characters: int) -> list[EventBody]:
    bodies: list[EventBody] = [_begun()]
    for step in range(1, characters // 10_000 + 1):
        text = "".join(f"{step} {n} {LINE}" for n in range(200))
        bodies += [
            ToolStarted(step, f"c{step}", "read_file", {"path": "a"}, "Read a", "read"),
            ToolEnded(step, f"c{step}", "read_file", "ok", text, 3),
        ]
    return [*bodies, RunEnded("end_turn", "done")]


def _large_diffs(characters: int) -> list[EventBody]:
    text = LINE * (characters // len(LINE))
    diff = FileDiff("/a", text, text + "more")
    return [
        _begun(),
        ToolStarted(1, "c1", "write_file", {"path": "a", "content": text}, "Write a", "edit"),
        ToolEnded(1, "c1", "write_file", "ok", "Replaced a.", 3, (), (diff,)),
        RunEnded("end_turn", "done"),
    ]
