"""A folder that is kept open: what is read, and what is refused, is as `Confinement` has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from arriero.index.indexer.openfolder import OpenFolder
from arriero.workspace import beneath
from arriero.workspace.confine import Confinement
from arriero.workspace.errors import WorkspaceError

LIMIT = 100


@pytest.fixture(params=["openat2", "walk"], autouse=True)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "walk":
        monkeypatch.setattr(beneath, "has_openat2", lambda: False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = Path(os.path.realpath(tmp_path)) / "tree"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "text").write_bytes(b"one\n")
    (root / "empty").write_bytes(b"")
    (root / "full").write_bytes(b"x" * LIMIT)
    (root / "large").write_bytes(b"x" * (LIMIT + 1))
    (root / "inside").symlink_to("a/b/text")
    (root / "absolute").symlink_to(root / "a" / "b" / "text")
    (root / "outside").symlink_to("../secret")
    (root / "round").symlink_to("round")
    (root / "folder").symlink_to("a")
    os.mkfifo(root / "pipe")
    (root.parent / "secret").write_bytes(b"secret")
    (root / os.fsdecode(b"\xff.txt")).write_bytes(b"odd")
    return root


def outcome(reader: Confinement, path: str) -> object:
    try:
        return reader.read(path, LIMIT)
    except WorkspaceError as error:
        return type(error), str(error)


@pytest.mark.parametrize(
    "name",
    [
        "a/b/text", "empty", "full", "large", "inside", "absolute", "outside", "round", "pipe", "a",
        "folder/b/text", "a/../a/b/text", "../secret", "none", "full/none", "n\0ne", "\ud83d",
        "\udcff.txt", "a//b/text", "n" * 300,
    ],
)  # fmt: skip
def test_the_outcome_is_that_of_a_confinement(tree: Path, name: str) -> None:
    path = f"{tree}/{name}"
    with OpenFolder(str(tree)) as folder:
        assert outcome(folder, path) == outcome(Confinement([str(tree)]), path)
    assert outcome(folder, path) == outcome(Confinement([str(tree)]), path)  # when it is closed


def test_a_folder_that_takes_the_place_of_the_first_is_read(tree: Path) -> None:
    with OpenFolder(str(tree)) as folder:
        tree.rename(tree.parent / "before")
        tree.mkdir()
        assert outcome(folder, f"{tree}/full") == outcome(Confinement([str(tree)]), f"{tree}/full")
        (tree / "full").write_bytes(b"another")
        assert folder.read(f"{tree}/full", LIMIT) == b"another"


def test_no_folder(tmp_path: Path) -> None:
    root = os.path.realpath(tmp_path) + "/none"
    with OpenFolder(root) as folder:
        assert outcome(folder, f"{root}/a") == outcome(Confinement([root]), f"{root}/a")


def test_no_descriptor_is_left(tree: Path) -> None:
    before = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    with OpenFolder(str(tree)) as folder:
        for name in ("full", "large", "pipe", "none", "outside"):
            outcome(folder, f"{tree}/{name}")
    after = os.listdir("/proc/self/fd") if before else []
    assert len(after) == len(before)
