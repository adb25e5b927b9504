from __future__ import annotations

import os
from pathlib import Path

import pytest

from arriero.workspace.watchplan import plan_watches

TREE = (
    "src/deep/deeper", "src/node_modules/x/y", "src/__pycache__", "build/out", "docs",
    ".git/objects",
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in TREE:
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("node_modules/\n/build\n__pycache__\n")
    (tmp_path / "src/link").symlink_to("/usr")
    (tmp_path / "file").touch()
    return tmp_path


def folders(tree: Path, **options: int) -> set[str]:
    plan = plan_watches([str(tree)], recursive=False, **options)
    return {os.path.relpath(folder, tree) for folder in plan.folders}


def test_each_folder_that_is_not_ignored_is_watched(tree: Path) -> None:
    assert folders(tree) == {".", "src", "src/deep", "src/deep/deeper", "docs"}


def test_another_ignore_file_makes_another_plan(tree: Path) -> None:
    before = plan_watches([str(tree)], recursive=False)
    assert before == plan_watches([str(tree)], recursive=False)
    (tree / "src/.gitignore").write_text("deep\n")
    assert folders(tree) == {".", "src", "docs"}
    assert before != plan_watches([str(tree)], recursive=False)


def test_more_folders_than_may_be_watched_are_said(tree: Path) -> None:
    assert len(folders(tree, limit=3)) == 3
    assert "Only 3 folders" in plan_watches([str(tree)], limit=3, recursive=False).notice
    assert not plan_watches([str(tree)], recursive=False).notice


def test_a_folder_whose_name_is_not_utf8_is_left_out_and_said(tree: Path) -> None:
    os.mkdir(os.fsencode(tree) + b"/caf\xe9")
    plan = plan_watches([str(tree)], recursive=False)
    assert len(plan.folders) == 5
    assert "caf\\xe9" in plan.notice


def test_a_root_that_is_not_there_is_in_the_plan_without_identity(tree: Path) -> None:
    gone = str(tree / "gone")
    plan = plan_watches([gone, str(tree / "docs")], recursive=False)
    assert plan.folders == (str(tree / "docs"),)
    assert plan.identities[gone] is None
    assert plan.ignores(gone + "/x", is_directory=False)


def test_where_watches_are_recursive_the_roots_are_watched_and_events_filtered(tree: Path) -> None:
    plan = plan_watches([str(tree)], recursive=True)
    assert plan.folders == (str(tree),)
    assert plan.ignores(str(tree / "src/node_modules/x/y/z.js"), is_directory=False)
    assert plan.ignores(str(tree / ".git/index"), is_directory=False)
    assert not plan.ignores(str(tree / "src/deep/a.py"), is_directory=False)
