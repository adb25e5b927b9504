from __future__ import annotations

import pytest

from arriero.workspace.encoding import Encoding, encode
from arriero.workspace.errors import (
    AlreadyExists,
    BadPath,
    Conflict,
    IsDirectory,
    NotDirectory,
    NotSeen,
    NotText,
    OutsideWorkspace,
    ReadOnly,
    UnknownEncoding,
    WorkspaceError,
)
from arriero.workspace.matching import Ambiguous, Elided, NoChange, NoMatch
from arriero.workspace.view import WorkspaceView
from workspace.user import User, proposed

TEXT = "one\ntwo\nthree\nfour\nfive\n"


# --- the three truths


def test_the_proposal_comes_before_the_buffer_and_the_buffer_before_the_file(
    user: User, view: WorkspaceView
) -> None:
    user.save("a.py", "file\n")
    assert (view.read("a.py").text, view.read("a.py").source) == ("file\n", "file")
    user.type("a.py", "buffer\n")
    assert (view.read("a.py").text, view.read("a.py").source) == ("buffer\n", "buffer")
    view.edit("a.py", "buffer", "proposal")
    assert (view.read("a.py").text, view.read("a.py").source) == ("proposal\n", "proposal")
    assert (user.root / "a.py").read_text() == "file\n"


def test_an_untitled_document_is_read_and_edited_by_its_uri(
    user: User, view: WorkspaceView
) -> None:
    user.type("untitled:Untitled-1", "draft\n")
    assert view.read("untitled:Untitled-1").text == "draft\n"
    view.edit("untitled:Untitled-1", "draft", "final")
    assert proposed(view) == {"untitled:Untitled-1": ("edit", "final\n", None)}
    assert view.overlay() == {}
    assert view.files() is not None
    with pytest.raises(BadPath):
        view.locate("untitled:Untitled-2")


# --- edits


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-bom", "utf-16-le-bom", "latin-1"])
@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        ("a\nb\n", "b", "c", "a\nc\n"),
        ("a\r\nb\r\nc\r\n", "a\nb\n", "a\nx\ny\n", "a\r\nx\r\ny\r\nc\r\n"),
        ("a\nb", "b", "c", "a\nc"),
        ("\tx = 1\n", "x = 1", "x = 2", "\tx = 2\n"),
        ("größe\n", "größe", "Größe", "Größe\n"),
    ],
)
def test_an_edit_keeps_line_ends_encoding_and_final_newline(
    user: User,
    view: WorkspaceView,
    encoding: Encoding,
    text: str,
    old: str,
    new: str,
    expected: str,
) -> None:
    path = user.save("a.txt", encode(text, encoding))
    diff = view.edit("a.txt", old, new)
    assert (diff.old_text, diff.new_text) == (text, expected)
    kept = "utf-8" if text.isascii() and encoding == "latin-1" else encoding
    assert view.overlay() == {path: encode(expected, kept)}
    assert view.read("a.txt").encoding == kept


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("six", "x", NoMatch),
        ("o", "x", Ambiguous),
        ("one", "one", NoChange),
        ("one\ntwo\nthree", "one\n# ... rest of the code unchanged", Elided),
        ("one", "\0", BadPath),
        ("one", "\ud800", UnknownEncoding),
    ],
)
def test_an_edit_that_cannot_be_made_changes_nothing(
    user: User, view: WorkspaceView, old: str, new: str, error: type[WorkspaceError]
) -> None:
    user.save("a.py", TEXT)
    with pytest.raises(error):
        view.edit("a.py", old, new)
    assert view.read("a.py").text == TEXT
    assert proposed(view) == {}


def test_characters_that_an_old_encoding_does_not_have_are_refused(
    user: User, view: WorkspaceView
) -> None:
    user.save("a.txt", "größe\n".encode("latin-1"))
    with pytest.raises(UnknownEncoding, match="Latin-1"):
        view.edit("a.txt", "größe", "→")


def test_edits_add_up_and_an_edit_that_is_taken_back_is_gone(
    user: User, view: WorkspaceView
) -> None:
    user.save("a.py", TEXT)
    view.edit("a.py", "one", "1")
    view.edit("a.py", "five", "5")
    assert proposed(view)["a.py"][1] == "1\ntwo\nthree\nfour\n5\n"
    view.edit("a.py", "1", "one")
    view.edit("a.py", "5", "five")
    assert proposed(view) == {}


# --- whole files


def test_a_new_file_comes_with_its_folders(user: User, view: WorkspaceView) -> None:
    diff = view.write("new/deep/a.py", "x = 1\n")
    assert (diff.old_text, diff.new_text) == (None, "x = 1\n")
    assert view.is_directory("new/deep")
    assert view.exists("new/deep/a.py")
    assert proposed(view) == {"new/deep/a.py": ("create", "x = 1\n", None)}
    assert not (user.root / "new").exists()


def test_a_file_is_replaced_only_after_it_was_read(user: User, view: WorkspaceView) -> None:
    user.save("a.py", TEXT)
    with pytest.raises(NotSeen, match="read_file"):
        view.write("a.py", "x\n")
    view.peek(view.locate("a.py"))
    with pytest.raises(NotSeen):
        view.write("a.py", "x\n")
    view.read("a.py")
    view.write("a.py", "x\n")
    view.write("a.py", "y\n")
    user.type("a.py", TEXT + "six\n")
    with pytest.raises(Conflict, match="changed since"):
        view.write("a.py", "z\n")
    view.read("a.py")
    view.write("a.py", "z\n")


def test_an_empty_file_is_replaced_unread(user: User, view: WorkspaceView) -> None:
    user.save("a.py", "")
    assert view.write("a.py", "x\n").new_text == "x\n"


@pytest.mark.parametrize(
    ("before", "written", "after"),
    [
        ("a\r\nb\r\n", "a\nc\n", "a\r\nc\r\n"),
        ("a\r\nb\r\n", "a\r\nc\r\n", "a\r\nc\r\n"),
        ("a\nb\n", "a\nc", "a\nc\n"),
        ("a\nb", "a\nc\n", "a\nc"),
        ("a\nb", "a\nb\n", "a\nb\n"),
        ("a\nb\n", "a\nb", "a\nb"),
        ("a\nb\r\nc\n", "a\nb\nd\n", "a\nb\r\nd\n"),
        ("a\nb\n", "", ""),
    ],
)
def test_a_replaced_file_keeps_its_style(
    user: User, view: WorkspaceView, before: str, written: str, after: str
) -> None:
    user.save("a.py", before)
    view.read("a.py")
    assert view.write("a.py", written).new_text == after


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("src", IsDirectory),
        ("src/a.py/b.py", NotDirectory),
        ("made", IsDirectory),
        ("made/b.py/c.py", NotDirectory),
        ("a.bin", NotText),
        (".git/hooks/pre-commit", ReadOnly),
        (".git", ReadOnly),
        (".GIT/config", ReadOnly),
        ("sub/.git/config", ReadOnly),
        (".arriero/config.yaml", ReadOnly),
        ("../outside.py", OutsideWorkspace),
    ],
)
def test_where_no_file_can_be_written(
    user: User, view: WorkspaceView, path: str, error: type[WorkspaceError]
) -> None:
    user.save("src/a.py")
    user.save("a.bin", b"\0")
    view.write("made/b.py", "x\n")
    for change in (
        lambda: view.write(path, "x\n"),
        lambda: view.rename("made/b.py", path),
    ):
        with pytest.raises((error, AlreadyExists) if error is not ReadOnly else error):
            change()
    with pytest.raises(WorkspaceError):
        view.delete(path)


@pytest.mark.parametrize("path", [".gitignore", ".github/workflows/a.yml", "git/x", ".vscode/x"])
def test_what_only_looks_protected_is_not(view: WorkspaceView, path: str) -> None:
    assert view.write(path, "x\n").new_text == "x\n"
