"""Lines are found in what the model sees, whether the disk or a proposal has them."""

from __future__ import annotations

import codecs
import os
import shutil
import time
from pathlib import Path

import pytest

from arriero.tools.linefinding import BadPattern, Findings, find_lines, where_in_lines
from arriero.workspace.view import WorkspaceView
from workspace.user import User

RIPGREP = shutil.which("rg")
needs_ripgrep = pytest.mark.skipif(RIPGREP is None, reason="ripgrep is not installed")


def ask_ripgrep_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arriero.index.ruling._FIRST", 1)
    monkeypatch.setattr("arriero.index.ruling._FEW_FOR_EXPRESSIONS", 0)


def found(findings: Findings, view: WorkspaceView) -> list[str]:
    return [f"{view.display(f.path)}:{number}" for f in findings.files for number, _ in f.lines]


@pytest.fixture
def user(tmp_path: Path) -> User:
    user = User(tmp_path)
    user.save("a.py", "def one():\n    return 1\n\n\ndef two():\n    return 2\n")
    user.save("b/c.txt", "One\r\ntwo\rthree\n")
    user.save("latin.txt", "größe one\n".encode("latin-1"))
    user.save("wide.txt", codecs.BOM_UTF16_LE + "one 😀\n".encode("utf-16-le"))
    user.save("bom.txt", codecs.BOM_UTF8 + b"one\n")
    user.save("a.bin", b"one\0")
    user.save("-dash.txt", "one -e\n")
    user.save(os.fsdecode(b"caf\xe9.txt"), "one\n")
    return user


@pytest.fixture
def view(user: User) -> WorkspaceView:
    return WorkspaceView([str(user.root)], user)


CASES = [
    ("one", False, ["-dash.txt:1", "a.py:1", "bom.txt:1", "caf\\xe9.txt:1", "latin.txt:1",
                    "wide.txt:1"]),
    ("ONE", True, ["-dash.txt:1", "a.py:1", "b/c.txt:1", "bom.txt:1", "caf\\xe9.txt:1",
                   "latin.txt:1", "wide.txt:1"]),
    ("^one", False, ["-dash.txt:1", "bom.txt:1", "caf\\xe9.txt:1", "wide.txt:1"]),
    ("two$", False, ["b/c.txt:2"]),
    (r"def (one|two)\(\)", False, ["a.py:1", "a.py:5"]),
    (r"\d", False, ["a.py:2", "a.py:6"]),
    ("größe", False, ["latin.txt:1"]),
    ("GRÖSSE|GRÖßE", True, ["latin.txt:1"]),
    ("😀", False, ["wide.txt:1"]),
    (r"return\s+2", False, ["a.py:6"]),
    ("-e", False, ["-dash.txt:1"]),
    ("--files", False, []),
    ("one\ntwo", False, []),
    (r"one\ntwo", False, []),
    ("(?i)ONE$", False, ["b/c.txt:1", "bom.txt:1", "caf\\xe9.txt:1", "latin.txt:1"]),
    ("nothing of the kind", False, []),
]  # fmt: skip


@pytest.mark.parametrize("ripgrep", [None, pytest.param(RIPGREP, marks=needs_ripgrep)])
@pytest.mark.parametrize(("pattern", "ignore_case", "expected"), CASES)
def test_lines_are_found(
    view: WorkspaceView,
    monkeypatch: pytest.MonkeyPatch,
    ripgrep: str | None,
    pattern: str,
    ignore_case: bool,
    expected: list[str],
) -> None:
    ask_ripgrep_at_once(monkeypatch)
    paths = list(view.files())
    result = find_lines(view, paths, pattern, ignore_case=ignore_case, ripgrep=ripgrep)
    assert sorted(found(result, view)) == sorted(expected)
    assert not result.stopped_at


@pytest.mark.parametrize("ripgrep", [None, pytest.param(RIPGREP, marks=needs_ripgrep)])
def test_proposals_and_buffers_are_searched_instead_of_the_files(
    user: User, view: WorkspaceView, monkeypatch: pytest.MonkeyPatch, ripgrep: str | None
) -> None:
    ask_ripgrep_at_once(monkeypatch)
    view.edit("a.py", "def two", "def three")
    view.write("new.py", "def three\n")
    user.type("b/c.txt", "def three\n")
    user.type("unsaved.py", "def three\n")
    user.save("old.py", "def three\n")
    view.rename("old.py", "moved.py")
    user.save("gone.py", "def three\n")
    view.delete("gone.py")
    for pattern in ("def three", "def th.ee"):
        result = find_lines(view, list(view.files()), pattern, ripgrep=ripgrep)
        names = ["a.py:5", "b/c.txt:1", "moved.py:1", "new.py:1", "unsaved.py:1"]
        assert found(result, view) == names
        assert not find_lines(view, list(view.files()), "def two", ripgrep=ripgrep).files


@needs_ripgrep
def test_ripgrep_is_not_asked_about_texts_that_the_disk_does_not_have(
    user: User, view: WorkspaceView, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_ripgrep_at_once(monkeypatch)
    view.edit("a.py", "def two", "def three")
    user.type("b/c.txt", "def three\n")
    result = find_lines(view, list(view.files()), "def three", ripgrep=RIPGREP)
    assert found(result, view) == ["a.py:5", "b/c.txt:1"]


@needs_ripgrep
def test_a_ripgrep_that_fails_changes_nothing(
    view: WorkspaceView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_ripgrep_at_once(monkeypatch)
    expected = found(find_lines(view, list(view.files()), "one", ripgrep=None), view)
    broken = tmp_path.parent / "rg"
    broken.write_text("#!/bin/sh\nexit 2\n")
    broken.chmod(0o755)
    for program in (str(broken), "/no/such/program"):
        result = find_lines(view, list(view.files()), "one", ripgrep=program)
        assert found(result, view) == expected


def test_a_regular_expression_that_is_none_is_explained(view: WorkspaceView) -> None:
    for pattern in ("(", "[a", "*", "a{2,1}", "(?P<x>a)(?P<x>b)", "(" * 500 + ")" * 499):
        with pytest.raises(BadPattern) as caught:
            find_lines(view, list(view.files()), pattern)
        assert str(caught.value)


def test_a_catastrophic_pattern_ends_in_time_and_says_where(
    user: User, view: WorkspaceView
) -> None:
    user.save("a.txt", "fine aaaa!\n")
    user.save("b.txt", "a" * 60 + "!\n")
    began = time.monotonic()
    result = find_lines(view, list(view.files()), "(a+)+$|fine", seconds=1.0)
    assert time.monotonic() - began < 10
    assert result.stopped_at == user.path("a.txt"), "which is looked at together with b.txt"
    assert not result.enough


def test_the_limits(user: User, view: WorkspaceView) -> None:
    for n in range(5):
        user.save(f"many{n}.txt", "xyz\n" * 30)
    result = find_lines(view, list(view.files()), "xyz", most_lines=3, most_matches=61)
    assert [(len(f.lines), f.count) for f in result.files] == [(3, 30)] * 3
    assert result.enough
    assert find_lines(view, list(view.files()), "xyz", seconds=-1).stopped_at


def test_where_the_match_is_in_a_line() -> None:
    lines = ["x" * 400 + "llama", "no", "a llama, a llama"]
    for pattern, ignore_case in (("llama", False), ("LL.ma", True)):
        found = where_in_lines(pattern, lines, ignore_case=ignore_case)
        assert found == {lines[0]: 400, lines[2]: 2}
    assert where_in_lines("(x+x+)+y", lines, ignore_case=False) == {}
    assert where_in_lines("x", [], ignore_case=False) == {}
