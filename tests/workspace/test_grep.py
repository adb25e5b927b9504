from __future__ import annotations

import codecs
import os
import re
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.workspace import grep as grep_module
from arriero.workspace.excerpt import plain_lines
from arriero.workspace.grep import BadPattern, Findings, search
from arriero.workspace.linematch import needle
from arriero.workspace.matcher import OutOfTime, PlainMatcher, ProcessMatcher, open_matcher
from arriero.workspace.view import WorkspaceView
from workspace.user import User

RIPGREP = shutil.which("rg")
needs_ripgrep = pytest.mark.skipif(RIPGREP is None, reason="ripgrep is not installed")


def soon() -> float:
    return time.monotonic() + 30


def found(findings: Findings, view: WorkspaceView) -> list[str]:
    return [f"{view.display(f.path)}:{line.number}" for f in findings.files for line in f.lines]


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
    monkeypatch.setattr(grep_module, "_ENOUGH_FOR_RIPGREP", 0)
    paths = list(view.files())
    result = search(view, paths, pattern, ignore_case=ignore_case, ripgrep=ripgrep)
    assert sorted(found(result, view)) == sorted(expected)
    assert not result.stopped_at


@pytest.mark.parametrize("ripgrep", [None, pytest.param(RIPGREP, marks=needs_ripgrep)])
def test_proposals_and_buffers_are_searched_instead_of_the_files(
    user: User, view: WorkspaceView, monkeypatch: pytest.MonkeyPatch, ripgrep: str | None
) -> None:
    monkeypatch.setattr(grep_module, "_ENOUGH_FOR_RIPGREP", 0)
    view.edit("a.py", "def two", "def three")
    view.write("new.py", "def three\n")
    user.type("b/c.txt", "def three\n")
    user.type("unsaved.py", "def three\n")
    user.save("old.py", "def three\n")
    view.rename("old.py", "moved.py")
    user.save("gone.py", "def three\n")
    view.delete("gone.py")
    for pattern in ("def three", "def th.ee"):
        result = search(view, list(view.files()), pattern, ripgrep=ripgrep)
        names = ["a.py:5", "b/c.txt:1", "moved.py:1", "new.py:1", "unsaved.py:1"]
        assert found(result, view) == names
        assert not search(view, list(view.files()), "def two", ripgrep=ripgrep).files


@needs_ripgrep
def test_ripgrep_is_not_asked_about_texts_that_the_disk_does_not_have(
    user: User, view: WorkspaceView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grep_module, "_ENOUGH_FOR_RIPGREP", 0)
    view.edit("a.py", "def two", "def three")
    user.type("b/c.txt", "def three\n")
    result = search(view, list(view.files()), "def three", ripgrep=RIPGREP)
    assert found(result, view) == ["a.py:5", "b/c.txt:1"]


@needs_ripgrep
def test_a_ripgrep_that_fails_changes_nothing(
    view: WorkspaceView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grep_module, "_ENOUGH_FOR_RIPGREP", 0)
    expected = found(search(view, list(view.files()), "one", ripgrep=None), view)
    broken = tmp_path.parent / "rg"
    broken.write_text("#!/bin/sh\nexit 2\n")
    broken.chmod(0o755)
    for program in (str(broken), "/no/such/program"):
        result = search(view, list(view.files()), "one", ripgrep=program)
        assert found(result, view) == expected


def test_a_regular_expression_that_is_none_is_explained(view: WorkspaceView) -> None:
    for pattern in ("(", "[a", "*", "a{2,1}", "(?P<x>a)(?P<x>b)", "(" * 500 + ")" * 499):
        with pytest.raises(BadPattern) as caught:
            search(view, list(view.files()), pattern)
        assert str(caught.value)


def test_a_catastrophic_pattern_ends_in_time_and_says_where(
    user: User, view: WorkspaceView
) -> None:
    user.save("a.txt", "fine aaaa!\n")
    user.save("b.txt", "a" * 60 + "!\n")
    began = time.monotonic()
    result = search(view, list(view.files()), "(a+)+$|fine", seconds=1.0)
    assert time.monotonic() - began < 10
    assert result.stopped_at == user.path("b.txt")
    assert "a.txt:1" in found(result, view)


def test_the_limits(user: User, view: WorkspaceView) -> None:
    for n in range(5):
        user.save(f"many{n}.txt", "xyz\n" * 30)
    result = search(view, list(view.files()), "xyz", most_lines=3, most_matches=61)
    assert [(len(f.lines), f.count) for f in result.files] == [(3, 30)] * 3
    assert result.enough
    assert search(view, list(view.files()), "xyz", seconds=-1).stopped_at


def test_no_process_is_left(view: WorkspaceView) -> None:
    matcher = ProcessMatcher("a.c", ignore_case=False, most=10, deadline=soon())
    process = matcher._process
    assert matcher.hits("abc\n", soon()).count == 1
    process.kill()
    with pytest.raises(OutOfTime):
        matcher.hits("abc\n" * 100_000, soon())
    matcher.close()
    assert process.returncode is not None


TEXTS = st.text(alphabet="ab \n\r\u2028é😀\ud800", max_size=40)
PATTERNS = st.sampled_from(
    ["a", "ab", "a.b", "^a", "b$", "^$", "", r"\ba", "[^a]", "(?:ab)+", "a|b", "é", r"\s", "a*"]
)


@settings(max_examples=20, deadline=None)
@given(pattern=PATTERNS, texts=st.lists(TEXTS, min_size=10, max_size=30), ignore_case=st.booleans())
def test_the_process_finds_what_python_finds(
    pattern: str, texts: list[str], ignore_case: bool
) -> None:
    flags = re.IGNORECASE if ignore_case else 0
    deadline = soon()
    matcher = open_matcher(pattern, ignore_case=ignore_case, most=100, deadline=deadline)
    try:
        for text in texts:
            lines = plain_lines(text) or [""]
            expected = [n for n, line in enumerate(lines, 1) if re.search(pattern, line, flags)]
            hits = matcher.hits(text, deadline)
            assert [hit.line for hit in hits.first] == expected
            assert hits.count == len(expected)
    finally:
        matcher.close()


@given(st.text(alphabet="ab \n\r", max_size=30), st.text(alphabet="ab", min_size=1, max_size=3))
def test_plain_texts_are_found_as_regular_expressions_are(text: str, wanted: str) -> None:
    lines = plain_lines(text) or [""]
    expected = [(n, line.find(wanted)) for n, line in enumerate(lines, 1) if wanted in line]
    hits = PlainMatcher(wanted, 100).hits(text, soon())
    assert [(hit.line, hit.start) for hit in hits.first] == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("hello", "hello"),
        ("hello.*world!", "world!"),
        (r"\bclass\s+Foo\b", "class"),
        ("(def) name", "def name"),
        ("a|hello", ""),
        ("(?i)hello", ""),
        ("(?i:hello) world", " world"),
        ("x?hello", "hello"),
        ("(hello)?x", "x"),
        ("(hello)+", "hello"),
        ("(?:ab){2}c", "ab"),
        ("a{0,3}bc", "bc"),
        ("hel[lo]o", "hel"),
        ("größe", "gr"),
        ("(?=hello)x", "x"),
        ("(?!hello)x", "x"),
        ("^hello$", "hello"),
        ("hel(?#comment)lo", "hello"),
        (r"a\.b\(c", "a.b(c"),
        (r"\d+", ""),
        ("(", ""),
    ],
)
def test_the_text_that_a_match_must_have(pattern: str, expected: str) -> None:
    assert needle(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("HELLO", "hello"), ("class", "cla"), ("Kelvin", "elv"), ("xsy", "x")],
)
def test_the_text_in_any_case(pattern: str, expected: str) -> None:
    assert needle(pattern, ignore_case=True) == expected


REGEXES = st.recursive(
    st.sampled_from(["a", "b", "K", "s", "ab", ".", r"\w", "[ab]", "^", "$", r"\b", "é", "x"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        inner.map(lambda r: f"(?:{r})*"),
        inner.map(lambda r: f"(?:{r})+?"),
        inner.map(lambda r: f"({r})?"),
        inner.map(lambda r: f"(?:{r}){{2}}"),
        inner.map(lambda r: f"(?={r})"),
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(REGEXES, st.text(alphabet="abxkKs\u017f\u212aéİi ", max_size=8), st.booleans())
def test_whatever_matches_has_the_needle(pattern: str, line: str, ignore_case: bool) -> None:
    flags = re.IGNORECASE if ignore_case else 0
    wanted = needle(pattern, ignore_case=ignore_case)
    if re.search(pattern, line, flags):
        assert wanted in (line.lower() if ignore_case else line)
