"""File systems that take `A` and `a` for one name: simulated, as the usual one here does not.

What is simulated is how files are looked at; each was seen the same on exFAT.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.index.catalogue import Stamp, look
from arriero.index.indexer import changes
from index.harness import Disk, content, settle

Rename = Callable[[Disk], list[tuple[str, str]]]


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A workspace of which single files are found in any spelling."""

    def true_path(path: str) -> str:
        folder, name = os.path.split(path)
        names = os.listdir(folder) if os.path.isdir(folder) else []
        same = (one for one in names if one.lower() == name.lower())
        return os.path.join(folder, next(same, name))

    def look_at(path: str) -> Stamp | None:
        return look(true_path(path))

    monkeypatch.setattr(changes, "look", look_at)
    monkeypatch.setattr(changes, "has_one_case", lambda path: path.swapcase() != path)
    disk = Disk(tmp_path)
    disk.write("Main.py", "def alpaca(): pass\n")
    disk.write("Sub/B.py", "llama = 1\n")
    return disk


def another_spelling(disk: Disk) -> list[tuple[str, str]]:
    return [(f"{disk.root}/main.py", "changed")]


def renamed(disk: Disk) -> list[tuple[str, str]]:
    os.rename(f"{disk.root}/Main.py", f"{disk.root}/main.py")
    return [(f"{disk.root}/Main.py", "deleted"), (f"{disk.root}/main.py", "created")]


def renamed_and_half_told(disk: Disk) -> list[tuple[str, str]]:
    return renamed(disk)[1:]


def a_folder_renamed(disk: Disk) -> list[tuple[str, str]]:
    os.rename(f"{disk.root}/Sub", f"{disk.root}/sub")
    return [(f"{disk.root}/Sub", "deleted"), (f"{disk.root}/sub", "created")]


def a_new_file(disk: Disk) -> list[tuple[str, str]]:
    return [(disk.write("Other.py", "vicuna = 1\n"), "created")]


@pytest.mark.parametrize(
    "happens", [another_spelling, renamed, renamed_and_half_told, a_folder_renamed, a_new_file]
)
def test_each_file_is_known_by_the_name_that_is_listed(
    disk: Disk, tmp_path: Path, happens: Rename
) -> None:
    build = disk.build()
    settle(build)
    build.changed(happens(disk), 1)
    settle(build)
    assert build.acknowledged == 1
    build.close()
    anew = disk.build(tmp_path / "anew")
    settle(anew)
    anew.close()
    assert content(disk.index) == content(tmp_path / "anew")
