"""A copy finds every change in it, and is put right again; no command is needed to see that."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.shadow import tree as module
from arriero.shadow.changes import Changes
from arriero.shadow.tree import CopiedTree
from shadow.desk import ignored, listing, put

FILES = {f"{folder}{number}.txt": f"{number}\n" for folder in ("", "a/", "a/b/") for number in "12"}
SECOND = 1_000_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path / "root", FILES)
    return tmp_path / "root"


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> CopiedTree:
    return CopiedTree(str(root), tmp_path / "copy")


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files' times as of a kernel whose clock goes on once in an hour."""
    exact = module._mark
    hour = 3600 * SECOND

    def coarse(status: os.stat_result) -> module._Mark:
        mode, size, inode, modified, changed = exact(status)
        return mode, size, inode, modified // hour, changed // hour * hour

    monkeypatch.setattr(module, "_mark", coarse)
    monkeypatch.setattr(module, "_STEP", 2 * hour)


def texts(folder: str | Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


def changed(tree: CopiedTree, laid: dict[str, bytes | None]) -> dict[str, str | bytes | None]:
    found: Changes = tree.read_back(laid, time.time_ns(), ignored=ignored)
    return {
        os.path.relpath(write.path, tree.root): None
        if write.content is None
        else write.content.decode()
        for write in found.writes
    }


def same_size(path: Path) -> None:
    before = path.stat()
    path.write_text(path.read_text().swapcase().translate(str.maketrans("12", "34")))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("name", ["1.txt", "a/b/2.txt", "laid.txt", "2.txt"])
def test_a_change_within_one_step_of_the_clock_is_found(
    root: Path, tree: CopiedTree, slow_clock: None, name: str
) -> None:
    laid: dict[str, bytes | None] = {str(root / "laid.txt"): b"1\n", str(root / "2.txt"): b"11\n"}
    expected = {**FILES, "laid.txt": "1\n", "2.txt": "11\n"}
    for _ in range(3):
        tree.sync(laid, listing)
        assert texts(tree.copy) == expected
        assert changed(tree, laid) == {}
        tree.mend()
        tree.sync(laid, listing)
        same_size(Path(tree.copy, name))
        assert list(changed(tree, laid)) == [name]
        tree.mend()


def test_what_the_user_saves_twice_within_one_step_is_copied(
    root: Path, tree: CopiedTree, slow_clock: None
) -> None:
    tree.sync({}, listing)
    assert changed(tree, {}) == {}
    tree.mend()
    same_size(root / "1.txt")
    tree.sync({}, listing)
    assert texts(tree.copy)["1.txt"] == "3\n"


def test_what_lies_already_is_not_laid_again(root: Path, tree: CopiedTree) -> None:
    laid: dict[str, bytes | None] = {str(root / "1.txt"): b"laid\n", str(root / "new.txt"): b"n\n"}

    def made() -> list[int]:
        tree.sync(laid, listing)
        assert changed(tree, laid) == {}
        tree.mend()
        return [Path(tree.copy, name).stat().st_ctime_ns for name in ("1.txt", "new.txt")]

    first = made()
    assert made() == first
    laid[str(root / "1.txt")] = b"other\n"
    second = made()
    assert second[0] != first[0]
    assert second[1] == first[1]
    # The mode of a laid text is that of the user's file.
    (root / "1.txt").chmod(0o755)
    made()
    assert os.stat(os.path.join(tree.copy, "1.txt")).st_mode & 0o777 == 0o755
    tree.sync({}, listing)
    assert texts(tree.copy) == FILES


def test_a_text_that_could_not_be_laid_is_laid_the_next_time(
    root: Path, tree: CopiedTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.sync({}, listing)
    changed(tree, {})
    tree.mend()
    laid: dict[str, bytes | None] = {str(root / "1.txt"): b"laid\n", str(root / "2.txt"): b"laid\n"}
    with monkeypatch.context() as broken:

        def full(relative: str, content: bytes | None) -> None:
            raise OSError(28, "No space left on device", relative)

        broken.setattr(tree, "_lay", full)
        with pytest.raises(OSError, match="No space"):
            tree.sync(laid, listing)
    tree.sync(laid, listing)
    assert texts(tree.copy) == {**FILES, "1.txt": "laid\n", "2.txt": "laid\n"}


NUMBERS = itertools.count()


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"written {next(NUMBERS)}\n")


def remove(path: Path) -> None:
    if path.exists():
        path.unlink()


def replace_folder(path: Path) -> None:
    shutil.rmtree(path.parent)
    write(path)


def to_folder(path: Path) -> None:
    remove(path)
    write(path / "in.txt")


ACTS: tuple[Callable[[Path], None], ...] = (write, remove, replace_folder, to_folder, same_size)


@pytest.mark.parametrize("seed", range(8))
def test_any_course_of_changes(root: Path, tree: CopiedTree, seed: int) -> None:
    """By the user, by commands, and by texts that are laid: each is seen, and only each."""
    chance = random.Random(seed)
    names = [*FILES, "c/new.txt"]
    for _ in range(12):
        laid: dict[str, bytes | None] = {
            str(root / name): chance.choice((None, b"1\n", b"laid\n"))
            for name in chance.sample(names, chance.randrange(3))
            if (root / name).parent.is_dir() and not (root / name).is_dir()
        }
        tree.sync(laid, listing)
        wanted = texts(root)
        for path, content in laid.items():
            wanted.pop(os.path.relpath(path, root), None)
            if content is not None:
                wanted[os.path.relpath(path, root)] = content.decode()
        assert texts(tree.copy) == wanted
        if chance.random() < 0.7:
            _act(Path(tree.copy), chance, names)
        now = texts(tree.copy)
        expected: dict[str, str | None] = {
            name: now.get(name)
            for name in wanted.keys() | now.keys()
            if wanted.get(name) != now.get(name)
        }
        if chance.random() < 0.8:  # else it was cancelled
            assert changed(tree, laid) == expected
            tree.mend()
        if chance.random() < 0.4:
            _act(root, chance, names)


def _act(folder: Path, chance: random.Random, names: list[str]) -> None:
    path = folder / chance.choice(names)
    act = chance.choice(ACTS)
    if path.is_dir():
        shutil.rmtree(path)
    elif path.is_file() or act is write:
        act(path)
