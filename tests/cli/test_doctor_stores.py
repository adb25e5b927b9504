"""The doctor on what is kept on disk."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from arriero.cli.checks.finding import Finding
from arriero.cli.checks.stores import stores
from arriero.sessions.store import SessionStore


def look(home: Path) -> dict[str, Finding]:
    return {found.name: found for found in stores({"XDG_STATE_HOME": str(home)})}


@pytest.fixture
async def state(tmp_path: Path) -> Path:
    """A state folder with conversations and a record of a run."""
    folder = tmp_path / "arriero"
    store = SessionStore(folder / "sessions.db")
    await store.open()
    for _ in range(50):
        await store.create(["/w" * 100], "agent")
    await store.close()
    return folder


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    (found,) = look(tmp_path).values()
    assert (found.state, found.text) == ("ok", "no conversations yet")


def test_all_is_well(state: Path) -> None:
    (found,) = look(state.parent).values()
    assert found.state == "ok"


def test_damaged_conversations(state: Path) -> None:
    with (state / "sessions.db").open("r+b") as file:
        file.seek(100)
        file.write(b"\x00\xff" * 3000)
    found = look(state.parent)["sessions"]
    assert found.state == "fail"
    assert "is damaged" in found.text
    assert "arriero daemon restart" in found.mend


async def test_after_they_were_mended(state: Path) -> None:
    (state / "sessions.db").write_bytes(b"no database " * 1000)
    store = SessionStore(state / "sessions.db")
    await store.open()
    await store.close()
    found = look(state.parent)["sessions"]
    assert found.state == "warn"
    assert "set aside as" in found.text
    assert str(state) in found.text


def test_a_newer_version(state: Path) -> None:
    with sqlite3.connect(state / "sessions.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    found = look(state.parent)["sessions"]
    assert (found.state, "Update Arriero" in found.mend) == ("warn", True)


def test_records_and_trail(state: Path) -> None:
    runs = state / "checkpoints" / "runs"
    runs.mkdir(parents=True)
    (runs / "run_1.json").write_bytes(os.urandom(50))
    (state / "audit" / "audit.jsonl").mkdir(parents=True)
    found = look(state.parent)
    assert str(runs / "run_1.json") in found["undo"].text
    assert found["audit"].state == "fail"


@pytest.mark.parametrize(
    ("name", "area", "told"),
    [
        ("checkpoints/days", "undo", "runs of long ago cannot be forgotten"),
        ("permissions.db", "permissions", "your answers for good cannot be read or kept"),
    ],
)
def test_a_folder_in_the_place_of_a_file(state: Path, name: str, area: str, told: str) -> None:
    (state / name).mkdir(parents=True)
    found = look(state.parent)[area]
    assert (found.state, found.mend) == ("fail", "Move it away.")
    assert found.text == f"{told} in {state / name}"


@pytest.mark.parametrize("name", ["runs", "blobs", "pending"])
def test_a_file_in_the_place_of_a_folder(state: Path, name: str) -> None:
    (state / "checkpoints").mkdir()
    (state / "checkpoints" / name).write_text("")
    found = look(state.parent)["undo"]
    assert (found.state, str(state / "checkpoints" / name) in found.text) == ("fail", True)


def test_answers_that_others_may_read(state: Path) -> None:
    answers = state / "permissions.db"
    answers.write_bytes(b"")
    answers.chmod(0o600)
    assert "permissions" not in look(state.parent)
    answers.chmod(0o644)
    found = look(state.parent)["permissions"]
    assert (found.state, found.mend) == ("warn", f"Run `chmod 600 {answers}`.")
