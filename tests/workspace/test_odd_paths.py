"""Paths as small models write them, and that nothing of it leads out of the workspace."""

# ruff: noqa: RUF001 - signs that look alike are meant
from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arriero.workspace.errors import BadPath, OutsideWorkspace, ReadOnly, WorkspaceError
from arriero.workspace.view import WorkspaceView
from workspace.user import User

# Each around or in the place of a path; {} is the path.
FORMS = [
    "{}", "./{}", "`{}`", "``{}``", "'{}'", '"{}"', "“{}”", "‘{}’", "«{}»", "<{}>", "({})",
    " {} ", "\u200b{}", "{}\u200b", "\u00a0{}\u00a0", "\ufeff{}", "{}\x00", "\t{}\r\n", "{}\u2060",
    "{}:", "{}:12", "{}:12:5", "{}:3-9", "{}#L12", "{}#L3-L9", "{},", "{};",
    "file:{}", "file://{}", "file://./{}", "file: {}", "File: {}", "path: {}",
    "`{}`:12", "`{}:12`", '"./{}"', "<`{}`>", "- {}", "* `{}`", "\u200b`{}`\u200b:",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["tally/money.py", "Makefile", "tally"])
def test_what_is_there_is_found(user: User, view: WorkspaceView, form: str, name: str) -> None:
    user.save("tally/money.py")
    user.save("Makefile")
    assert view.locate(form.format(name)) == user.path(name)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_to_come_is_named_without_marks(user: User, view: WorkspaceView, form: str) -> None:
    assert view.write(form.format("new/part.py"), "x\n").path == user.path("new/part.py")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("tally\\money.py", "tally/money.py"),
        (".\\tally\\money.py", "tally/money.py"),
        ("`tally\\money.py`", "tally/money.py"),
        ("tally\\money.py:7", "tally/money.py"),
        ("tally/sub\\deep.py", "tally/sub/deep.py"),
        ("tally\\sub", "tally/sub"),
        # not there: the first folder tells whether a folder is meant
        ("tally\\new.py", "tally/new.py"),
        ("tally\\other\\new.py", "tally/other/new.py"),
        (".\\new.py", "new.py"),
        ("none\\new.py", "none\\new.py"),
        ("\\new.py", "\\new.py"),
        ("C:\\new.py", "C:\\new.py"),
        ("new\\.py", "new\\.py"),
        # what is there as it is written is meant
        ("odd\\name.py", "odd\\name.py"),
        ("`odd`", "`odd`"),
        ("odd:12", "odd:12"),
        ("caf\\xe9.py", "caf\udce9.py"),
        # no mark
        ("a'b", "a'b"),
        ("<a", "<a"),
        ("release:12", "release:12"),
        ("[id].tsx", "[id].tsx"),
        ("(group)/page.tsx", "(group)/page.tsx"),
        ("-x.py", "-x.py"),
        ("*", "*"),
        (".", "."),
        ("`.`", "."),
    ],
)
def test_what_is_meant(user: User, view: WorkspaceView, given: str, name: str) -> None:
    for there in ("tally/money.py", "tally/sub/deep.py", "odd\\name.py", "odd/name.py", "`odd`",
                  "odd:12"):  # fmt: skip
        user.save(there)
    with open(os.fsencode(user.root) + b"/caf\xe9.py", "w"):
        pass
    assert view.locate(given) == os.path.normpath(user.path(name))


def test_what_is_only_proposed_is_there(user: User, view: WorkspaceView) -> None:
    view.write("made/new.py", "x\n")
    assert view.read("made\\new.py").text == "x\n"
    assert view.read("`made/new.py`").text == "x\n"


def test_the_folder_that_has_it(tmp_path: Path) -> None:
    one, two = User(tmp_path / "one"), User(tmp_path / "two")
    one.root.mkdir()
    two.save("src/a.py")
    view = WorkspaceView([str(one.root), str(two.root)], one)
    assert view.locate("`src\\a.py`") == two.path("src/a.py")


@pytest.mark.parametrize("form", [*FORMS, "{}\\"])
@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../outside.py", "out/passwd", "..\\outside.py", "{root}/../outside.py", "~/x"],
)
def test_marks_do_not_lead_out(user: User, view: WorkspaceView, form: str, path: str) -> None:
    (user.root.parent / "outside.py").write_text("secret")
    (user.root / "out").symlink_to("/etc")
    path = form.format(path.replace("{root}", str(user.root)))
    with suppress(OutsideWorkspace, BadPath):
        place = view.locate(path)
        assert place.startswith(f"{user.root}/")
        assert not view.exists(path)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", [".git/hooks/pre-commit", ".git\\config", ".arriero/config.yaml"])
def test_what_is_protected_stays_so(user: User, view: WorkspaceView, form: str, path: str) -> None:
    user.save(".git/config")
    with pytest.raises((ReadOnly, OutsideWorkspace)):
        view.write(form.format(path), "x\n")


@pytest.mark.parametrize("path", ["", "``", '""', "\u200b", "\x00", "` `", "file:", "<>"])
def test_nothing_is_no_path(view: WorkspaceView, path: str) -> None:
    with pytest.raises(BadPath):
        view.locate(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("./\\~`'\"<>:;#L12 \u200b\x00aefil", max_size=24))
def test_any_path_is_inside_or_refused(user: User, view: WorkspaceView, path: str) -> None:
    user.save("a/e.f")
    with suppress(WorkspaceError):
        place = view.locate(path)
        assert place == str(user.root) or place.startswith(f"{user.root}/")
        assert place == os.path.realpath(place)
