from __future__ import annotations

import os
from pathlib import Path

import pytest

from arriero.workspace.errors import (
    BadPath,
    FileMissing,
    IsDirectory,
    NotText,
    OutsideWorkspace,
    TooLarge,
)
from arriero.workspace.view import WorkspaceView
from workspace.user import User


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("src/a.py", "src/a.py"),
        ("./src/../src/a.py", "src/a.py"),
        ("{root}/src/a.py", "src/a.py"),
        ("file://{root}/src/a.py", "src/a.py"),
        (" src/a.py\n", "src/a.py"),
        ("link/a.py", "src/a.py"),
        ("new/deep.py", "new/deep.py"),
        ("", None),
        ("  ", None),
        ("a\0b", None),
        ("https://example.org/a.py", None),
        ("x" * 5000, None),
        ("../outside.py", None),
        ("/etc/passwd", None),
        ("out/secret", None),
        ("file:///etc/passwd", None),
        ("~/x", None),
    ],
)
def test_paths_as_models_write_them(
    user: User, view: WorkspaceView, given: str, name: str | None
) -> None:
    user.save("src/a.py")
    (user.root / "link").symlink_to("src")
    (user.root / "out").symlink_to("/etc")
    given = given.replace("{root}", str(user.root))
    if name is None:
        with pytest.raises((OutsideWorkspace, BadPath)) as caught:
            view.locate(given)
        assert "\0" not in str(caught.value)
    else:
        assert view.locate(given) == str(user.root / name)
        assert view.locate(view.display(view.locate(given))) == view.locate(given)


def test_a_path_that_begins_at_the_workspace_is_offered(user: User, view: WorkspaceView) -> None:
    user.save("src/a.py")
    with pytest.raises(OutsideWorkspace, match=r"Did you mean src/a\.py\?"):
        view.read("/src/a.py")


def test_a_relative_path_belongs_to_the_first_folder_that_has_it(tmp_path: Path) -> None:
    one, two = User(tmp_path / "one"), User(tmp_path / "two")
    one.save("both.py", "1")
    two.save("both.py", "2")
    two.save("second.py", "2")
    view = WorkspaceView([str(one.root), str(two.root)], one)
    assert view.read("both.py").text == "1"
    assert view.read("second.py").text == "2"
    assert view.locate("none.py") == one.path("none.py")
    assert view.display(two.path("both.py")) == two.path("both.py")
    assert len(list(view.files())) == 3


def test_an_allowed_folder_is_read_but_not_listed(tmp_path: Path, user: User) -> None:
    other = User(tmp_path / "other")
    path = other.save("a.py", "x\n")
    view = WorkspaceView([str(user.root)], user, allowed_dirs=[str(other.root)])
    assert view.read(path).text == "x\n"
    assert list(view.files()) == []
    assert list(view.files(str(other.root))) == [path]


def test_without_a_folder_everything_is_outside(user: User) -> None:
    view = WorkspaceView([], user)
    with pytest.raises(OutsideWorkspace, match="open the project"):
        view.read("a.py")
    assert list(view.files()) == []


def test_names_that_cannot_be_typed_are_found_as_they_are_shown(
    user: User, view: WorkspaceView
) -> None:
    for raw in (b"caf\xe9.py", "de\u0301pot.py".encode(), b"tab\there.py"):
        with open(os.fsencode(user.root) + b"/" + raw, "w") as file:
            file.write("x")
    for shown in ("caf\\xe9.py", "d\u00e9pot.py", "tab\\x09here.py"):
        assert view.read(shown).text == "x"
    assert sorted(view.display(path) for path in view.files()) == [
        "caf\\xe9.py", "de\u0301pot.py", "tab\\x09here.py",
    ]  # fmt: skip


def test_of_two_names_that_look_the_same_none_is_guessed(user: User, view: WorkspaceView) -> None:
    for name in ("e\u0301\u0323.py", "e\u0323\u0301.py"):
        user.save(name, "x")
    with pytest.raises(FileMissing):
        view.read("\u1eb9\u0301.py")


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ("src/mian.py", "src/main.py"),
        ("main.py", "src/main.py"),
        ("lib/main.py", "src/main.py"),
        ("README", "README.md"),
        ("src/Main.py", "src/main.py"),
        ("src/nothing_like_it.rs", "list_directory"),
        ("no/such/folder/zzz.rs", "glob_files"),
    ],
)
def test_a_missing_file_is_answered_with_what_is_near(
    user: User, view: WorkspaceView, wanted: str, offered: str
) -> None:
    user.save("src/main.py")
    user.save("README.md")
    with pytest.raises(FileMissing) as caught:
        view.read(wanted)
    assert offered in str(caught.value)


def test_what_is_no_text_is_said(user: User, view: WorkspaceView) -> None:
    user.save("a.bin", b"\x00\x01")
    user.save("src/a.py")
    with pytest.raises(NotText):
        view.read("a.bin")
    with pytest.raises(IsDirectory):
        view.read("src")
    with open(user.root / "big", "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(TooLarge):
        view.read("big")
    view.write("new/file.py", "x\n")
    with pytest.raises(IsDirectory):
        view.read("new")
