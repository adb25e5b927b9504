"""The terminal's own applying of workspace edits: exact, confined, and all or nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.cli.terminal_editor import EditOutcome, TerminalEditor, as_item
from arriero.workspace.encoding import Encoding, encode
from arriero.workspace.text import LineIndex, PositionEncoding
from arriero.workspace.uris import path_to_uri
from scale import by_scale

ENCODINGS: tuple[PositionEncoding, ...] = ("utf-8", "utf-16", "utf-32")
FILE_ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-8-bom", "utf-16-le-bom", "utf-16-be-bom")


def uri(path: Path) -> str:
    return path_to_uri(str(path))


def edit(
    path: Path, *edits: tuple[int, int, int, int, str], version: int | None = 1
) -> dict[str, Any]:
    """A TextDocumentEdit; each edit is start line and character, end line and character, text."""
    return {
        "textDocument": {"uri": uri(path), "version": version},
        "edits": [
            {
                "range": {
                    "start": {"line": a, "character": b},
                    "end": {"line": c, "character": d},
                },
                "newText": text,
            }
            for a, b, c, d, text in edits
        ],
    }


def create(path: Path) -> dict[str, Any]:
    return {"kind": "create", "uri": uri(path)}


def delete(path: Path) -> dict[str, Any]:
    return {"kind": "delete", "uri": uri(path)}


def rename(old: Path, new: Path) -> dict[str, Any]:
    return {"kind": "rename", "oldUri": uri(old), "newUri": uri(new)}


def snapshot(folder: Path) -> dict[str, tuple[bytes | str | None, int]]:
    """Everything in a folder: content and mode."""
    found: dict[str, tuple[bytes | str | None, int]] = {}
    for path in sorted(folder.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        content: bytes | str | None = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = path.read_bytes()
        found[str(path.relative_to(folder))] = (content, mode)
    return found


class Desk:
    """A folder with an editor on it."""

    def __init__(self, folder: Path, encoding: PositionEncoding = "utf-32") -> None:
        self.folder = Path(os.path.realpath(folder)) / "work"
        self.folder.mkdir()
        self.editor = TerminalEditor([str(self.folder)], encoding)

    def file(self, name: str, content: str | bytes, *, opened: bool = True) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if opened:
            self.editor.open([uri(path)])
        return path

    def apply(self, *changes: Mapping[str, Any]) -> EditOutcome:
        return self.editor.apply({"documentChanges": list(changes)})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_edit_reaches_the_file_and_the_document(desk: Desk) -> None:
    path = desk.file("a.py", "one\ntwo\n")
    path.chmod(0o754)
    outcome = desk.apply(edit(path, (1, 0, 1, 3, "2")))
    assert outcome.applied
    assert path.read_text() == "one\n2\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o754
    assert outcome.paths == (str(path),)
    (document,) = outcome.changed
    assert (document.text, document.version) == ("one\n2\n", 2)
    assert as_item(document)["uri"] == uri(path)
    # The next edit is for the new version.
    assert not desk.apply(edit(path, (0, 0, 0, 3, "1"))).applied
    assert desk.apply(edit(path, (0, 0, 0, 3, "1"), version=2)).applied
    assert path.read_text() == "1\n2\n"


def test_edits_of_one_document_count_in_the_text_before_them(desk: Desk) -> None:
    path = desk.file("a", "abc")
    outcome = desk.apply(edit(path, (0, 2, 0, 3, "C"), (0, 0, 0, 0, "1"), (0, 0, 0, 0, "2")))
    assert outcome.applied
    assert path.read_text() == "12abC"


def test_create_edit_rename_and_delete_together(desk: Desk) -> None:
    old = desk.file("old.py", "x = 1\r\n")
    gone = desk.file("gone.py", "y\n")
    new, made = desk.folder / "pkg/new.py", desk.folder / "pkg/deep/made.py"
    outcome = desk.apply(
        create(made),
        edit(made, (0, 0, 0, 0, "made\n"), version=None),
        rename(old, new),
        edit(new, (0, 4, 0, 5, "2"), version=None),
        delete(gone),
    )
    assert outcome == EditOutcome(
        True,
        "",
        (str(made), str(old), str(new), str(gone)),
        (),
        (str(old), str(gone)),
    )
    assert made.read_text() == "made\n"
    assert new.read_bytes() == b"x = 2\r\n"
    assert not old.exists()
    assert not gone.exists()


def test_the_old_form_of_an_edit(desk: Desk) -> None:
    path = desk.file("a", "abc")
    part = edit(path, (0, 0, 0, 1, "A"))
    assert desk.editor.apply({"changes": {uri(path): part["edits"]}}).applied
    assert path.read_text() == "Abc"


REFUSED = [
    ("b is not open in this terminal.", lambda d: [edit(d.folder / "b", (0, 0, 0, 0, "x"))]),
    ("a changed meanwhile.", lambda d: [edit(d.folder / "a", (0, 0, 0, 0, "x"), version=7)]),
    ("stale changed meanwhile.", lambda d: [edit(d.folder / "stale", (0, 0, 0, 0, "x"))]),
    ("stale changed meanwhile.", lambda d: [delete(d.folder / "stale")]),
    ("gone changed meanwhile.", lambda d: [edit(d.folder / "gone", (0, 0, 0, 0, "x"))]),
    ("overlap", lambda d: [edit(d.folder / "a", (0, 0, 0, 2, "x"), (0, 1, 0, 3, "y"))]),
    ("a exists already.", lambda d: [create(d.folder / "a")]),
    ("b exists already.", lambda d: [rename(d.folder / "a", d.folder / "b")]),
    ("a is not there", lambda d: [delete(d.folder / "a"), edit(d.folder / "a", (0, 0, 0, 0, "x"))]),
    ("outside of the workspace", lambda d: [create(d.folder / "../out")]),
    ("outside of the workspace", lambda d: [create(d.folder / "link/out")]),
    ("outside of the workspace", lambda d: [rename(d.folder / "a", d.folder / "link/a")]),
    ("is not open", lambda d: [edit(d.folder / "filelink", (0, 0, 0, 0, "x"))]),
    ("is not a file", lambda d: [{"kind": "create", "uri": "untitled:a"}]),
    ("cannot shred files", lambda d: [{"kind": "shred", "uri": uri(d.folder / "a")}]),
    ("is read-only", lambda d: [edit(d.folder / "ro", (0, 0, 0, 0, "x"))]),
    ("latin-1, which has no '\\u20ac'", lambda d: [edit(d.folder / "west", (0, 0, 0, 0, "€"))]),
    ("utf-8, which has no '\\ud800'", lambda d: [edit(d.folder / "a", (0, 0, 0, 0, "\ud800"))]),
    ("folder: Not a directory", lambda d: [create(d.folder / "a/b")]),
]


@pytest.mark.parametrize("extra", [False, True], ids=["alone", "after others"])
@pytest.mark.parametrize(("reason", "changes"), REFUSED)
def test_a_refused_edit_changes_nothing(
    reason: str, changes: Any, extra: bool, desk: Desk, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s")
    for name in ("a", "stale", "gone", "ro", "first"):
        desk.file(name, "abc\n")
    desk.file("west", "caf\xe9".encode("latin-1"))
    desk.file("b", "b", opened=False)
    (desk.folder / "ro").chmod(0o444)
    (desk.folder / "stale").write_text("typed")
    (desk.folder / "gone").unlink()
    (desk.folder / "link").symlink_to(outside)
    (desk.folder / "filelink").symlink_to(outside / "secret")
    before = snapshot(tmp_path)
    first = (
        edit(desk.folder / "first", (0, 0, 0, 0, "x")),
        create(desk.folder / "new/er"),
        rename(desk.folder / "first", desk.folder / "second"),
    )
    outcome = desk.apply(*(first if extra else ()), *changes(desk))
    assert not outcome.applied
    if "Not a directory" not in reason:
        assert reason in outcome.reason
    assert snapshot(tmp_path) == before
    # What had changed before is told now, so that the next edit can be for it.
    assert {Path(d.path).name: d.text for d in outcome.changed} == {"stale": "typed"}
    assert [Path(path).name for path in outcome.closed] == ["gone"]


def test_a_failure_in_the_middle_is_rolled_back(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["a", "b", "c", "d"]
    paths = {name: desk.file(name, f"{name}\n") for name in names}
    paths["d"].chmod(0o640)
    before = snapshot(tmp_path)
    replace = os.replace

    def failing(source: str, target: str, **folders: int) -> None:
        if target == "c" and not monkeypatched.done:
            monkeypatched.done = True
            raise OSError(28, "No space left on device", "c")
        replace(source, target, **folders)

    class Once:
        done = False

    monkeypatched = Once()
    monkeypatch.setattr(os, "replace", failing)
    outcome = desk.apply(
        edit(paths["a"], (0, 0, 0, 1, "A")),
        create(desk.folder / "new/deep/file"),
        rename(paths["b"], desk.folder / "moved/b"),
        delete(paths["d"]),
        edit(paths["c"], (0, 0, 0, 1, "C")),
    )
    assert not outcome.applied
    assert outcome.reason == "c: No space left on device."
    assert snapshot(tmp_path) == before


def test_a_file_that_changes_at_the_last_moment_wins(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.file("a", "abc\n")
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        path.write_text("typed\n")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", slow)
    outcome = desk.apply(edit(path, (0, 0, 0, 3, "model")))
    assert (outcome.applied, outcome.reason) == (False, "a changed meanwhile.")
    assert path.read_text() == "typed\n"
    assert [p.name for p in desk.folder.iterdir()] == ["a"]


def test_what_is_no_text_file_is_not_opened(desk: Desk) -> None:
    binary = desk.file("b", b"\0\1", opened=False)
    (desk.folder / "pipe").mkdir()
    os.mkfifo(desk.folder / "fifo")
    uris = [uri(binary), uri(desk.folder / "pipe"), uri(desk.folder / "fifo")]
    assert desk.editor.open([*uris, uri(desk.folder / "none"), "untitled:x"]) == ()


def test_a_document_is_opened_once(desk: Desk) -> None:
    path = desk.file("a", "x", opened=False)
    assert len(desk.editor.open([uri(path), uri(path)])) == 1
    assert desk.editor.open([uri(path)]) == ()


@st.composite
def changed_texts(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]]]:
    """A text and replacements of it that do not overlap and split no CR LF."""
    pieces = st.sampled_from(["a", "é", "€", "😀", "\n", "\r\n", "\r", "\t", "\x0c", "\u2028"])
    text = "".join(draw(st.lists(pieces, max_size=30)))
    places = [i for i in range(len(text) + 1) if text[i - 1 : i + 1] != "\r\n" or i == 0]
    bounds = sorted(draw(st.lists(st.sampled_from(places), max_size=6)))
    spans = list(zip(bounds[::2], bounds[1::2], strict=False))
    new = draw(st.lists(st.text("xé😀\n", max_size=4), min_size=len(spans), max_size=len(spans)))
    return text, [(start, end, word) for (start, end), word in zip(spans, new, strict=True)]


@settings(max_examples=by_scale(100, full=1000), deadline=None)
@given(
    changed=changed_texts(),
    encoding=st.sampled_from(ENCODINGS),
    file_encoding=st.sampled_from(FILE_ENCODINGS),
)
def test_positions_line_ends_and_encodings_are_kept(
    changed: tuple[str, list[tuple[int, int, str]]],
    encoding: PositionEncoding,
    file_encoding: Encoding,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    text, replacements = changed
    desk = Desk(tmp_path_factory.mktemp("d"), encoding)
    path = desk.file("f", encode(text, file_encoding))
    index = LineIndex(text)
    edits = [
        (*index.position_at(start, encoding), *index.position_at(end, encoding), new)
        for start, end, new in replacements
    ]
    expected = text
    for start, end, new in reversed(replacements):
        expected = expected[:start] + new + expected[end:]
    assert desk.apply(edit(path, *edits)).applied
    assert path.read_bytes() == encode(expected, file_encoding)
