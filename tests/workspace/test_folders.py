from __future__ import annotations

import os
from pathlib import Path

import pytest

from arriero.workspace.folders import open_folders


def test_folders_are_canonical_and_nested_ones_are_merged(tmp_path: Path) -> None:
    inner = tmp_path / "project" / "inner"
    inner.mkdir(parents=True)
    other = tmp_path / "other"
    other.mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "project")
    given = [str(inner), link.as_uri(), str(other) + "/", str(tmp_path / "project")]
    opened = open_folders(given)
    assert opened.roots == (str(tmp_path / "project"), str(other))
    assert opened.notices == ()


def test_the_key_does_not_depend_on_the_order(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.mkdir()
    b.mkdir()
    keys = {
        open_folders([str(a), str(b)]).key,
        open_folders([b.as_uri(), f"{a}/../a"]).key,
    }
    assert len(keys) == 1
    assert open_folders([str(a)]).key not in keys


def test_the_siblings_of_a_prefix_are_not_merged(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "ab").mkdir()
    assert len(open_folders([str(tmp_path / "a"), str(tmp_path / "ab")]).roots) == 2


@pytest.mark.parametrize(
    "given",
    ["relative", "", "/a\0b", "untitled:1", "https://example.org/", "/" + "x" * 5000],
)
def test_what_names_no_folder_is_left_out_and_said(given: str) -> None:
    opened = open_folders([given])
    assert opened.roots == () or "not there" in opened.notices[0]
    assert len(opened.notices) == 1
    assert "\0" not in opened.notices[0]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    opened = open_folders([str(file)])
    assert opened.roots == ()
    assert "not a folder" in opened.notices[0]


def test_a_missing_folder_is_kept_because_it_may_come_back(tmp_path: Path) -> None:
    opened = open_folders([str(tmp_path / "gone")])
    assert opened.roots == (str(tmp_path / "gone"),)
    assert "not there" in opened.notices[0]


def test_the_whole_disk_and_the_home_folder_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    opened = open_folders(["/"])
    assert opened.roots == ("/",)
    assert "whole disk" in opened.notices[0]
    assert "home folder" in open_folders([str(tmp_path)]).notices[0]
    assert open_folders(["/", str(tmp_path)]).roots == ("/",)


def test_a_name_that_is_not_utf8_is_shown_spelled_out(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    path = os.fsdecode(folder)
    opened = open_folders([path])
    assert opened.roots == (path,)
    assert "caf\\xe9" in opened.notices[0]
    os.mkdir(folder)
    assert open_folders([path]).notices == ()
    assert len(open_folders([path]).key) == 16


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "read-only" in open_folders([str(tmp_path)]).notices[0]
    finally:
        tmp_path.chmod(0o700)
