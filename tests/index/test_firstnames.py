"""The names that are said first are those that a look at each file finds."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.index import firstnames
from arriero.index.catalogue import scan
from arriero.index.firstnames import first_names

Make = Callable[[Path], None]


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with all that git may say of a file."""
    root = tmp_path / "tree"
    root.mkdir()
    git(root, "init", "-q")
    write(root, "a.py", "ä/b c.py", "d/e/f.py", "run.sh", "deleted.py", "no.log", "d/keep.log")
    (root / "run.sh").chmod(0o755)
    (root / ".gitignore").write_text("*.log\n!keep.log\n/out/\n")
    os.symlink("a.py", root / "link.py")
    os.symlink("d", root / "linked")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    (root / "deleted.py").unlink()
    write(root, "new.py", "d/new.py", "other.log", "out/x.py")
    os.symlink("a.py", root / "newlink.py")
    git(root, "add", "d/new.py")
    return root


def names_of(root: Path) -> set[bytes]:
    found = scan(str(root), {})
    assert found is not None
    return {*found.listed}


def test_git_says_the_same(tree: Path) -> None:
    found = first_names(str(tree))
    assert found is not None
    assert {*found.listed} == {*found.changed} == names_of(tree)
    assert b"deleted.py" not in found.listed
    assert "ä/b c.py".encode() in found.listed
    assert not found.missing


def test_of_a_folder_in_a_repository(tree: Path) -> None:
    found = first_names(str(tree / "d"))
    assert found is not None
    assert {*found.listed} == {b"e/f.py", b"keep.log", b"new.py"} == names_of(tree / "d")


def test_rules_of_our_own(tree: Path) -> None:
    (tree / ".arrierignore").write_text("f.py\n")
    found = first_names(str(tree), exclude=["/a.py"])
    assert found is not None
    assert {b"a.py", b"d/e/f.py"}.isdisjoint(found.listed)
    assert {*found.listed} == names_of(tree) - {b"a.py"}


def test_a_sparse_checkout(tree: Path) -> None:
    git(tree, "sparse-checkout", "set", "ä")
    found = first_names(str(tree))
    assert found is not None
    assert b"d/e/f.py" not in found.listed
    assert {*found.listed} == names_of(tree)


def test_a_name_that_is_no_text(tree: Path) -> None:
    with open(os.path.join(os.fsencode(tree), b"\xff.py"), "wb"):
        pass
    git(tree, "add", "-A")
    found = first_names(str(tree))
    assert found is not None
    assert b"\xff.py" in found.listed
    assert {*found.listed} == names_of(tree)


def conflict(tree: Path) -> None:
    git(tree, "checkout", "-qb", "b")
    (tree / "a.py").write_text("one\n")
    git(tree, "commit", "-qam", "one")
    git(tree, "checkout", "-q", "-")
    (tree / "a.py").write_text("two\n")
    git(tree, "commit", "-qam", "two")
    with pytest.raises(subprocess.CalledProcessError):
        git(tree, "merge", "b")


def inner(tree: Path) -> None:
    (tree / "inner").mkdir()
    git(tree / "inner", "init", "-q")
    write(tree, "inner/x.py")


def submodule(tree: Path) -> None:
    inner(tree)
    git(tree / "inner", "add", "-A")
    git(tree / "inner", "commit", "-qm", "x")
    git(tree, "add", "inner")


def ignored(tree: Path) -> None:
    (tree / ".gitignore").write_text("*\n")
    git(tree, "rm", "-rq", "--cached", ".")


def damaged(tree: Path) -> None:
    (tree / ".git" / "index").write_bytes(b"rubbish")


@pytest.mark.parametrize("make", [conflict, inner, submodule, ignored, damaged])
def test_what_needs_a_closer_look_is_left_to_the_scan(tree: Path, make: Make) -> None:
    assert first_names(str(tree)) is not None
    make(tree)
    assert first_names(str(tree)) is None


def test_limits(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(names_of(tree))
    assert first_names(str(tree), most=count) is not None
    assert first_names(str(tree), most=count - 1) is None
    monkeypatch.setattr(firstnames, "_MOST_OTHERS", 1)  # there are new.py and a link
    assert first_names(str(tree)) is None


def test_without_git(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "d/b.py")
    os.symlink("a.py", tmp_path / "link.py")
    found = first_names(str(tmp_path))
    assert found is not None
    assert {*found.listed} == {b"a.py", b"d/b.py"}
    assert first_names(str(tmp_path), most=1) is None
    assert first_names("/") is None
