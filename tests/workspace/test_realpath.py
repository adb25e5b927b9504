"""Names that somebody else made, some of which no file can have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from arriero.workspace.editornews import told_by_editor
from arriero.workspace.folders import open_folders
from arriero.workspace.realpath import LONGEST, real_path

NO_NAMES = [
    "/a\0b",
    "/\ud800",
    "/" + "a" * (LONGEST - 1),
    "/" + "é" * (LONGEST // 2),
    "/" + "a/" * 1_000_000,  # which would take minutes
]


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "to").symlink_to(tmp_path)
    real = os.path.realpath(tmp_path)
    assert real_path(f"{tmp_path}/to/to/x") == f"{real}/x"
    assert real_path(os.fsdecode(os.fsencode(real) + b"/\xff")) == f"{real}/\udcff"
    longest = real + "/." * ((LONGEST - 1 - len(real)) // 2)
    assert real_path(longest) == real
    with pytest.raises(OSError, match="too long"):  # the system's word
        os.lstat("/" + "a/" * (LONGEST // 2))


@pytest.mark.parametrize("path", NO_NAMES, ids=range(len(NO_NAMES)))
def test_what_is_no_name_of_a_file(path: str, tmp_path: Path) -> None:
    assert real_path(path) is None
    known = str(tmp_path / "known")
    told = told_by_editor([(f"{path}/b", "changed"), (f"file://{known}", "changed")])
    assert [change.path for change in told] == [os.path.realpath(known)]
    folders = open_folders([path, str(tmp_path)])
    assert folders.roots == (os.path.realpath(tmp_path),)
    assert len(folders.notices) == 1
    assert len(folders.notices[0]) < 2_000
