"""Which open texts stand for their files in a search."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from arriero.index.status import IndexStatus, Phase
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.folderwatch import Changed
from tools.indexed import Indexed


@pytest.fixture
def indexed(tmp_path: Path) -> Indexed:
    made = Indexed(tmp_path)
    made.user.save("farm.py", "def shear_llama():\n    return 1\n")
    made.user.save(".gitignore", "built/\n")
    made.user.save("built/farm.py", "def comb_llama():\n    return 1\n")
    made.build()
    return made


def found(indexed: Indexed, query: str) -> list[str]:
    hits = indexed.searcher().search(query).hits
    return [os.path.relpath(hit.path, indexed.disk.root) for hit in hits]


def test_what_was_just_saved_is_found_before_it_is_indexed(indexed: Indexed) -> None:
    text = "def shear_llama():\n    return guanaco\n"
    indexed.user.type("farm.py", text)
    assert found(indexed, "guanaco") == ["farm.py"]
    indexed.user.save("farm.py", text)
    assert found(indexed, "guanaco") == ["farm.py"]
    indexed.build()
    assert found(indexed, "guanaco") == ["farm.py"]


def test_a_new_file_that_was_just_saved(indexed: Indexed) -> None:
    for name in ("new.py", "built/new.py"):
        indexed.user.type(name, "guanaco = 1\n")
    assert "new.py" in found(indexed, "guanaco")
    for name in ("new.py", "built/new.py"):
        indexed.user.save(name, "guanaco = 1\n")
    assert found(indexed, "guanaco") == ["new.py"]


def test_an_ignored_file_is_not_found_because_it_is_open(indexed: Indexed) -> None:
    indexed.user.type("built/farm.py", "guanaco = 1\n")
    assert found(indexed, "guanaco") == []
    indexed.user.save("built/farm.py", "guanaco = 1\n")
    assert found(indexed, "guanaco") == []


def test_what_is_closed_speaks_for_itself(indexed: Indexed) -> None:
    indexed.user.type("farm.py", "guanaco = 1\n")
    assert found(indexed, "guanaco") == ["farm.py"]
    indexed.user.close("farm.py")
    assert found(indexed, "guanaco") == []
    assert found(indexed, "shear_llama") == ["farm.py"]


class Waits:
    """An index that was told of changes, and how long a search would wait for it."""

    def __init__(self, folder: Path, phase: Phase) -> None:
        self.index = WorkspaceIndex(str(folder), folder / "cache", lambda _: None)
        self.index.take_in(IndexStatus(str(folder), phase, writes=True))

    async def waits(self) -> bool:
        waiting = asyncio.ensure_future(self.index.caught_up(60))
        for _ in range(5):  # rounds of the loop
            await asyncio.sleep(0)
        done = waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return not done


@pytest.mark.parametrize(
    ("phase", "kind", "waited"),
    [
        ("ready", "changed", True),
        ("building", "changed", False),
        ("ready", "rescan", False),
    ],
)
async def test_a_search_waits_a_moment_for_what_changed_just_now(
    tmp_path: Path, phase: Phase, kind: Literal["changed", "rescan"], waited: bool
) -> None:
    made = Waits(tmp_path, phase)
    assert not await made.waits()
    made.index.feed([Changed(str(tmp_path / "a.py"), kind)])
    assert await made.waits() == waited
    made.index.take_in(replace(made.index.status, acknowledged=1))
    assert not await made.waits()


async def test_no_longer_than_a_moment(tmp_path: Path) -> None:
    made = Waits(tmp_path, "ready")
    made.index.feed([Changed(str(tmp_path / "a.py"), "changed")])
    await asyncio.wait_for(made.index.caught_up(0.001), 60)
