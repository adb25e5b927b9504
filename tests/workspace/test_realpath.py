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


@pytest.mark.parametrize("name", ["1", "a"])
def test_folders_in_folders_without_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's folders, all of them there, and more than functions may be within others."""
    here = os.lstat("/")
    monkeypatch.setattr(os, "lstat", lambda _, **more: here)
    path = f"/{name}" * (LONGEST // 2 - 1)
    assert real_path(path) == path


@pytest.fixture
def folding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on a disk that keeps capitals and does not heed them."""
    lstat, listdir = os.lstat, os.listdir
    root = os.path.realpath(tmp_path)

    def found(path: str) -> str:
        folder, name = os.path.split(path)
        if not path.startswith(f"{root}/"):
            return path
        folder = found(folder)
        names = listdir(folder) if os.path.isdir(folder) else []
        same = [other for other in names if other.casefold() == name.casefold()]
        return os.path.join(folder, (same or [name])[0])

    monkeypatch.setattr(os, "lstat", lambda path, **more: lstat(found(os.fspath(path)), **more))
    monkeypatch.setattr(os, "listdir", lambda path=".": listdir(found(os.fspath(path))))
    return Path(root)


@pytest.mark.parametrize(
    ("asked", "real"),
    [
        ("Src/Main.py", "Src/Main.py"),
        ("src/main.py", "Src/Main.py"),
        ("SRC/MAIN.PY", "Src/Main.py"),
        ("src/new.py", "Src/new.py"),
        ("src/NEW/new.py", "Src/NEW/new.py"),
        ("src/123", "Src/123"),  # has no other spelling of its own
        ("ÜBER.md", "Über.md"),
        ("missing/a", "missing/a"),
    ],
)
def test_a_file_has_one_spelling(folding: Path, asked: str, real: str) -> None:
    """An editor's unsaved text would be passed by under another one."""
    (folding / "Src").mkdir()
    for name in ("Src/Main.py", "Src/123", "Über.md"):
        (folding / name).touch()
    assert real_path(f"{folding}/{asked}") == f"{folding}/{real}"


def test_a_folder_that_is_passed_and_not_read_keeps_the_spelling_that_was_asked_for(
    folding: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folding / "Src").mkdir()
    (folding / "Src/Main.py").touch()
    listdir = os.listdir

    def refused(path: str) -> list[str]:
        if path == f"{folding}/Src":
            raise PermissionError(path)
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refused)
    assert real_path(f"{folding}/src/main.py") == f"{folding}/Src/main.py"


def test_two_files_that_differ_by_capitals_stay_two(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.link(tmp_path / "a", tmp_path / "A")
    real = os.path.realpath(tmp_path)
    assert [real_path(f"{tmp_path}/{name}") for name in "aA"] == [f"{real}/a", f"{real}/A"]
