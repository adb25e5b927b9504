"""Answers for good: kept outside the workspace, for the user alone, and never trusted blindly."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from arriero.agent.permissions.remembered import Remembered


def test_they_are_kept_by_workspace_and_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "state/permissions.db"
    assert Remembered(file).of("/w") == []
    assert not file.parent.exists(), "looking makes nothing"
    assert Remembered(file).add("/w", "allow", ["run_command(git log *)", "run_command(ls *)"])
    assert Remembered(file).add("/v", "deny", ["run_command(git push)"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = Remembered(file)
    assert [str(one.rule) for one in kept.of("/w")] == [
        "run_command(git log *)",
        "run_command(ls *)",
    ]
    assert [one.rule.then for one in kept.all()] == ["allow", "allow", "deny"]
    first = kept.all()[0].number
    assert kept.revoke([first, 99]) == [first]
    assert len(kept.all()) == 2
    assert len(kept.revoke(None)) == 2
    assert kept.all() == []
    assert kept.revoke(None) == []


def test_the_newest_answer_counts(tmp_path: Path) -> None:
    kept = Remembered(tmp_path / "permissions.db")
    kept.add("/w", "allow", ["run_command(make)"])
    kept.add("/w", "deny", ["run_command(make)"])
    assert [one.rule.then for one in kept.of("/w")] == ["deny"]


def test_what_another_process_answered_is_seen(tmp_path: Path) -> None:
    one, other = (Remembered(tmp_path / "permissions.db") for _ in range(2))
    one.add("/w", "allow", ["run_command(make)"])
    assert len(other.of("/w")) == 1
    one.add("/w", "allow", ["run_command(make x)"])
    os.utime(one.file, ns=(1, 1))  # a clock that is set back does not hide it
    assert len(other.of("/w")) == 2


def test_a_damaged_file_is_put_away_and_nothing_counts(tmp_path: Path) -> None:
    file = tmp_path / "permissions.db"
    file.write_bytes(b"no database, " * 100)
    kept = Remembered(file)
    assert kept.of("/w") == []
    assert kept.add("/w", "allow", ["run_command(make)"])
    assert len(kept.of("/w")) == 1
    assert file.with_suffix(".broken").exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    kept = Remembered(tmp_path / "state/permissions.db")
    assert kept.of("/w") == []
    assert not kept.add("/w", "allow", ["run_command(make)"])


def test_an_answer_for_a_folder_whose_name_is_no_text_is_not_kept(tmp_path: Path) -> None:
    kept = Remembered(tmp_path / "permissions.db")
    assert not kept.add("/w\udce9", "allow", ["run_command(make)"])
    assert kept.of("/w\udce9") == []
    assert kept.add("/w", "allow", ["run_command(make)"])
