"""Workspace changes written to files: exact, confined, and all or nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.headless.writing import write
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    FileChange,
    RenameFile,
    Replacement,
    TextChange,
    WorkspaceChange,
)
from arriero.workspace.disk import Disk, DiskRefused
from arriero.workspace.encoding import Encoding, encode
from arriero.workspace.errors import WorkspaceError

TEXTS = st.text(alphabet="aäz\n\r 🙂", max_size=20)
FILE_ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-8-bom", "utf-16-le-bom", "utf-16-be-bom")


def make(root: Path, *changes: FileChange) -> None:
    write(Disk([str(root)]), WorkspaceChange("test", changes))


def listed(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(FILE_ENCODINGS))
def test_an_edit_is_exact_in_every_encoding(
    head: str, old: str, new: str, tail: str, encoding: Encoding
) -> None:
    base = head + old + tail
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.txt"
        file.write_bytes(encode(base, encoding))
        part = Replacement(len(head), len(head) + len(old), new)
        make(Path(folder), TextChange(str(file), base, (part,)))
        assert file.read_bytes() == encode(head + new + tail, encoding)


def test_all_kinds_together_in_their_order(tmp_path: Path) -> None:
    for name in ("old.txt", "gone.txt", "left.txt"):
        (tmp_path / name).write_text(name)
    old, new = str(tmp_path / "old.txt"), str(tmp_path / "new.txt")
    make(
        tmp_path,
        RenameFile(old, new),
        TextChange(new, "old.txt", (Replacement(0, 3, "new"),)),
        CreateFile(str(tmp_path / "deep/in/it.txt"), "made\n"),
        DeleteFile(str(tmp_path / "gone.txt"), "gone.txt"),
        CreateFile(old, "again"),
    )
    assert listed(tmp_path) == {
        "new.txt": b"new.txt",
        "deep/in/it.txt": b"made\n",
        "left.txt": b"left.txt",
        "old.txt": b"again",
    }


def refused(root: Path) -> list[tuple[str, FileChange, str]]:
    a, b, gone = (str(root / name) for name in ("a.txt", "b.txt", "gone.txt"))
    link = str(root / "link" / "x.txt")
    return [
        ("another text", TextChange(a, "other", ()), "changed meanwhile"),
        ("not there", TextChange(gone, "", ()), "not there any more"),
        ("deleted with another text", DeleteFile(a, "other"), "changed meanwhile"),
        ("made where one is", CreateFile(b, ""), "exists already"),
        ("renamed onto another", RenameFile(a, b), "exists already"),
        ("a letter that its encoding has not", _beyond(str(root / "latin.txt")), "latin-1"),
        ("through a link that leads out", CreateFile(link, "out"), "link"),
        ("outside", CreateFile(str(root.parent / "out.txt"), "out"), "outside"),
    ]


def _beyond(path: str) -> TextChange:
    return TextChange(path, "caf\xe9\n", (Replacement(0, 0, "→"),))


@pytest.mark.parametrize("row", range(8))
def test_what_cannot_be_done_changes_nothing(tmp_path: Path, row: int) -> None:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (root / "link").symlink_to(tmp_path / "out")
    (root / "a.txt").write_text("a")
    (root / "b.txt").write_text("b")
    (root / "latin.txt").write_bytes(b"caf\xe9\n")
    before = listed(tmp_path)
    _, change, reason = refused(root)[row]
    first = TextChange(str(root / "b.txt"), "b", (Replacement(0, 1, "B"),))
    with pytest.raises((DiskRefused, WorkspaceError), match=reason):
        make(root, first, change)
    assert listed(tmp_path) == before
