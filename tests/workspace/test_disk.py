"""Writing, renaming and removing files: beneath the folders, regular files, what was meant."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.workspace import disk, renaming
from arriero.workspace.disk import (
    Disk,
    DiskRefused,
    MoveFile,
    Operation,
    RemoveFile,
    WriteFile,
)
from arriero.workspace.renaming import by_link, rename_new

pytestmark = pytest.mark.usefixtures("opener")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A workspace `ws` with all that is not to be touched, and `outside` with a file `kept`."""
    ws, outside = tmp_path / "ws", tmp_path / "outside"
    for folder in (ws / "src", ws / ".git/hooks", outside):
        folder.mkdir(parents=True)
    files = ("a.txt", "b.txt", "src/c.txt", "gone", "here", "fixed", "../outside/kept")
    for file in files:
        (ws / file).write_text("old")
    (ws / "gone").chmod(0o640)
    (ws / "fixed").chmod(0o444)
    (ws / "out").symlink_to("../outside")
    (ws / "hooks").symlink_to(".git/hooks")
    (ws / "file_link").symlink_to("a.txt")
    (ws / "dangling").symlink_to("../outside/planted")
    os.mkfifo(ws / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(ws / "socket"))
    os.link(outside / "kept", ws / "hard")
    return tmp_path


def seen(tree: Path) -> dict[str, str]:
    """What is everywhere: kind, rights and content."""
    found = {}
    for path in sorted(tree.rglob("*")):
        mode = path.lstat().st_mode
        text = path.read_text() if stat.S_ISREG(mode) else ""
        found[str(path.relative_to(tree))] = f"{mode:o} {text}"
    return found


OPERATIONS: dict[str, Callable[[str], Operation]] = {
    "outside by a link": lambda ws: WriteFile(f"{ws}/out/kept", b"new", b"old"),
    "made by a link": lambda ws: WriteFile(f"{ws}/out/planted", b"new", None),
    "folders made by a link": lambda ws: WriteFile(f"{ws}/out/deep/planted", b"new", None),
    "a hook by a link": lambda ws: WriteFile(f"{ws}/hooks/pre-commit", b"new", None),
    "moved out by a link": lambda ws: MoveFile(f"{ws}/a.txt", f"{ws}/out/planted"),
    "moved in by a link": lambda ws: MoveFile(f"{ws}/out/kept", f"{ws}/d.txt"),
    "removed by a link": lambda ws: RemoveFile(f"{ws}/out/kept", b"old"),
    "through a link to a file": lambda ws: WriteFile(f"{ws}/file_link", b"new", b"old"),
    "made through a dangling link": lambda ws: WriteFile(f"{ws}/dangling", b"new", None),
    "dots": lambda ws: WriteFile(f"{ws}/../outside/kept", b"new", b"old"),
    "dots that make": lambda ws: WriteFile(f"{ws}/../outside/planted", b"new", None),
    "dots at the end": lambda ws: WriteFile(f"{ws}/src/..", b"new", None),
    "outside": lambda ws: WriteFile(f"{ws}-planted", b"new", None),
    "the folder itself": lambda ws: RemoveFile(ws, b""),
    "a folder": lambda ws: RemoveFile(f"{ws}/src", b""),
    "a pipe": lambda ws: WriteFile(f"{ws}/pipe", b"new", b""),
    "a pipe removed": lambda ws: RemoveFile(f"{ws}/pipe", b""),
    "a pipe moved": lambda ws: MoveFile(f"{ws}/pipe", f"{ws}/d.txt"),
    "a socket": lambda ws: WriteFile(f"{ws}/socket", b"new", b""),
    "a link moved": lambda ws: MoveFile(f"{ws}/file_link", f"{ws}/src/d.txt"),
    "a folder moved": lambda ws: MoveFile(f"{ws}/src", f"{ws}/d"),
    "moved over a file": lambda ws: MoveFile(f"{ws}/a.txt", f"{ws}/b.txt"),
    "moved over a link": lambda ws: MoveFile(f"{ws}/a.txt", f"{ws}/dangling"),
    "moved over a folder": lambda ws: MoveFile(f"{ws}/a.txt", f"{ws}/src"),
    "moved over its other name": lambda ws: MoveFile(f"{ws}/hard", f"{ws}/hard2"),
    "read-only": lambda ws: WriteFile(f"{ws}/fixed", b"new", b"old"),
    "read-only, removed": lambda ws: RemoveFile(f"{ws}/fixed", b"old"),
    "another content": lambda ws: WriteFile(f"{ws}/a.txt", b"new", b"other"),
    "a NUL": lambda ws: WriteFile(f"{ws}/a\0b", b"new", None),
    "half a character": lambda ws: WriteFile(f"{ws}/a\ud800", b"new", None),
    "half a character moved": lambda ws: MoveFile(f"{ws}/a.txt", f"{ws}/a\ud800"),
    "a name that is too long": lambda ws: WriteFile(f"{ws}/{'n' * 300}", b"new", None),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_refused_changes_nothing(tree: Path, name: str) -> None:
    """Also of what was done before it in the same change."""
    ws = str(tree / "ws")
    if name == "moved over its other name":
        os.link(tree / "ws/hard", tree / "ws/hard2")
    before = seen(tree)
    first: list[Operation] = [
        WriteFile(f"{ws}/first/new.txt", b"new", None),
        WriteFile(f"{ws}/src/c.txt", b"new", b"old"),
        RemoveFile(f"{ws}/gone", b"old"),
        MoveFile(f"{ws}/here", f"{ws}/second/there"),
    ]
    with pytest.raises(DiskRefused) as caught:
        Disk([ws]).perform([*first, OPERATIONS[name](ws)])
    assert str(caught.value).endswith(".")
    assert "could not be taken back" not in str(caught.value)
    assert seen(tree) == before


def test_what_cannot_be_taken_back_is_told_and_nobody_is_overruled(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = str(tree / "ws")

    def renamed(source: int, name: str, target: int, new_name: str) -> None:
        rename_new(source, name, target, new_name)
        (tree / "ws/a.txt").write_text("the user's")

    with monkeypatch.context() as patch:
        patch.setattr(disk, "rename_new", renamed)
        moved = MoveFile(f"{ws}/a.txt", f"{ws}/d.txt")
        with pytest.raises(DiskRefused, match=r"could not be taken back: .*a\.txt exists already"):
            Disk([ws]).perform([moved, OPERATIONS["another content"](ws)])
    assert (tree / "ws/a.txt").read_text() == "the user's"
    assert (tree / "ws/d.txt").read_text() == "old"


def test_another_name_of_the_same_file_keeps_what_it_had(tree: Path) -> None:
    Disk([str(tree / "ws")]).perform([WriteFile(str(tree / "ws/hard"), b"new", b"old")])
    assert (tree / "ws/hard").read_text() == "new"
    assert (tree / "outside/kept").read_text() == "old"


def test_nobody_grants_what_was_granted_to_another_content(tree: Path) -> None:
    path = tree / "ws/a.txt"
    path.chmod(0o6755)
    Disk([str(tree / "ws")]).perform([WriteFile(str(path), b"new", b"old")])
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def without_links(source: int, name: str, target: int, new_name: str) -> None:
    """As on FAT."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "link", refused)
        by_link(source, name, target, new_name)


@pytest.mark.parametrize("rename", [rename_new, by_link, without_links])
def test_a_rename_is_to_a_name_that_nothing_has(
    tree: Path, rename: Callable[[int, str, int, str], None]
) -> None:
    folder = os.open(tree / "ws", os.O_DIRECTORY)
    try:
        rename(folder, "a.txt", folder, "src/a.txt")
        for there in ("b.txt", "dangling", "src", "pipe"):
            with pytest.raises(FileExistsError):
                rename(folder, "src/a.txt", folder, there)
        with pytest.raises(FileNotFoundError):
            rename(folder, "a.txt", folder, "d.txt")
    finally:
        os.close(folder)
    assert (tree / "ws/src/a.txt").read_text() == "old"
    assert not (tree / "ws/a.txt").exists()


def test_where_the_system_has_no_such_call_two_names_do(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renaming, "_call", lambda: lambda *_: errno.ENOSYS)
    monkeypatch.setattr(disk, "rename_new", rename_new)
    Disk([str(tree / "ws")]).perform([MoveFile(str(tree / "ws/a.txt"), str(tree / "ws/d.txt"))])
    assert (tree / "ws/d.txt").read_text() == "old"
    assert (tree / "ws/d.txt").stat().st_nlink == 1
