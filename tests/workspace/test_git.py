"""Git asked at once and beside other work: the same answer, and an end whatever happens."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from arriero.workspace.git import Asked, Records, ask_git

LISTING = ("ls-files", "-coz", "--exclude-standard")


def beside(folder: str, limit: int = 1_000, seconds: float = 60.0) -> Records | None:
    with Asked(folder, LISTING) as asked:
        return asked.records(seconds=seconds, limit=limit)


@pytest.fixture
def repository(tmp_path: Path) -> str:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name in (b"a.py", b"caf\xe9", b"line\nbreak", b"z"):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_text("")
    subprocess.run(["git", "add", "a.py", "z"], cwd=tmp_path, check=True)
    return str(tmp_path)


@pytest.mark.parametrize("limit", [2, 4, 5, 1_000])
def test_as_asked_at_once(repository: str, limit: int) -> None:
    found = beside(repository, limit)
    at_once = ask_git(repository, LISTING, limit=limit)
    assert found is not None
    assert at_once is not None
    assert (found.records, found.complete) == (at_once.records, at_once.complete)
    assert found.complete is (limit > 4)


def test_no_repository_and_no_folder(tmp_path: Path) -> None:
    found = beside(str(tmp_path))
    assert found is not None
    assert (found.records, found.complete) == ([], True)
    assert found.exit_code != 0
    assert beside(str(tmp_path / "gone")) is None


def a_git_that(does: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a program before git."""
    program = folder / "programs/git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    asked = folder / "asked"
    asked.mkdir()
    return str(asked)


def test_a_git_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = a_git_that(r"printf 'a\0half'; exec sleep 600", tmp_path, monkeypatch)
    found = beside(folder, seconds=0.5)
    assert found is not None
    assert not found.complete
    with Asked(folder, LISTING):
        pass  # nobody wants to know


def test_a_git_that_tells_without_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = a_git_that("exec yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", tmp_path, monkeypatch)
    found = beside(folder, limit=10)
    assert found is not None
    assert not found.complete
