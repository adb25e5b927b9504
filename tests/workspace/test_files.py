from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arriero.workspace import files as files_module
from arriero.workspace.files import ignored_among, list_files
from arriero.workspace.git import ask_git
from arriero.workspace.ignore import IgnoreRules
from arriero.workspace.walk import walk

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def make(folder: Path, *names: str) -> None:
    """Make files (`name=content`) and folders (`name/`)."""
    for spelled in names:
        name, _, content = spelled.partition("=")
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)


def git(folder: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


def listed(folder: Path) -> list[str]:
    return [os.path.relpath(path, folder) for path in list_files(str(folder)).paths]


PROJECT = (
    ".gitignore=*.log\nbuild/\n!keep.log\n",
    "a.py", "b.log", "keep.log", "src/.gitignore=/gen\n!x.log\n", "src/x.log", "src/gen/y.py",
    "src/deep/gen/z.py", "build/out.o", "src/build/out.o", ".hidden/h.txt", "empty/",
)  # fmt: skip
EXPECTED = [
    ".gitignore", ".hidden/h.txt", "a.py", "keep.log", "src/.gitignore", "src/deep/gen/z.py",
    "src/x.log",
]  # fmt: skip


@pytest.fixture(params=["git", "walk"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same project as a git work tree, and without git."""
    if request.param == "git":
        if shutil.which("git") is None:
            pytest.skip("git is not installed")
        git(tmp_path, "init")
    make(tmp_path, *PROJECT)
    return tmp_path


def test_ignored_files_are_left_out(project: Path) -> None:
    assert listed(project) == EXPECTED


def test_a_part_of_a_project_obeys_the_rules_above_it(project: Path) -> None:
    make(project, "src/c.log", "src/keep.log")
    found = list_files(str(project / "src"), root=str(project)).paths
    shown = [os.path.relpath(path, project / "src") for path in found]
    assert shown == [".gitignore", "deep/gen/z.py", "keep.log", "x.log"]


def test_a_folder_that_is_ignored_is_listed_when_it_is_named(project: Path) -> None:
    assert listed(project / "build") == ["out.o"]


def test_links_pipes_and_vanished_folders(project: Path) -> None:
    (project / "link.py").symlink_to("a.py")
    (project / "loop").symlink_to(".")
    os.mkfifo(project / "pipe")
    assert listed(project) == EXPECTED
    assert list_files(str(project / "none")).paths == ()


def test_names_of_any_bytes(project: Path) -> None:
    names = [b"caf\xe9.py", b"new\nline.py", b" space .py", b"-dash.py"]
    for name in names:
        with open(os.fsencode(project) + b"/" + name, "w"):
            pass
    found = {os.fsencode(name) for name in listed(project)}
    assert found == {*names, *(name.encode() for name in EXPECTED)}


def test_which_of_some_paths_are_ignored(project: Path) -> None:
    names = ["a.py", "b.log", "build", "build/out.o", "src/gen", "src/x.log", ".git/config"]
    paths = [str(project / name) for name in names]
    expected = {"b.log", "build", "build/out.o", "src/gen", ".git/config"}
    assert ignored_among(str(project), paths) == {str(project / name) for name in expected}
    assert ignored_among(str(project), [str(project), "/elsewhere"]) == frozenset()


@needs_git
def test_what_is_tracked_is_listed_though_a_rule_says_otherwise(tmp_path: Path) -> None:
    git(tmp_path, "init")
    make(tmp_path, "forced.log", "gone.py", ".gitignore=*.log\n")
    git(tmp_path, "add", "-f", ".")
    (tmp_path / "gone.py").unlink()
    assert listed(tmp_path) == [".gitignore", "forced.log"]
    assert ignored_among(str(tmp_path), [str(tmp_path / "forced.log")]) == frozenset()


@needs_git
def test_repositories_in_a_repository_are_listed(tmp_path: Path) -> None:
    git(tmp_path, "init")
    make(tmp_path, "outer.py", "inner/a.py", "inner/.gitignore=*.o\n", "inner/b.o", "module/m.py")
    git(tmp_path / "inner", "init")
    git(tmp_path / "module", "init")
    git(tmp_path / "module", "add", ".")
    git(tmp_path / "module", "commit", "-m", "one")
    git(tmp_path, "add", "module")  # as git records a submodule
    assert listed(tmp_path) == ["inner/.gitignore", "inner/a.py", "module/m.py", "outer.py"]


@needs_git
def test_a_workspace_that_an_outer_repository_ignores_is_listed(tmp_path: Path) -> None:
    git(tmp_path, "init")
    make(tmp_path, ".gitignore=*\n", "work/a.py", "work/b.log", "work/.gitignore=*.log\n")
    assert listed(tmp_path / "work") == [".gitignore", "a.py"]


@needs_git
def test_nothing_that_a_repository_configures_is_run(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "hook=#!/bin/sh\ntouch ran\n")
    (tmp_path / "hook").chmod(0o755)
    git(tmp_path, "init")
    git(tmp_path, "config", "core.fsmonitor", str(tmp_path / "hook"))
    git(tmp_path, "config", "core.hooksPath", str(tmp_path))
    git(tmp_path, "config", "core.pager", str(tmp_path / "hook"))
    assert listed(tmp_path) == ["a.py", "hook"]
    assert ignored_among(str(tmp_path), [str(tmp_path / "a.py")]) == frozenset()
    assert not (tmp_path / "ran").exists()


@needs_git
def test_the_daemons_own_git_variables_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init")
    make(tmp_path, "a.py")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    answer = ask_git(str(tmp_path), ["ls-files", "-oz"])
    assert answer is not None
    assert (answer.records, answer.exit_code) == ([b"a.py"], 0)
    assert listed(tmp_path) == ["a.py"]


def test_limits_are_kept_and_said(project: Path) -> None:
    make(project, *(f"many/{n}.txt" for n in range(50)))
    listing = list_files(str(project), limit=20)
    assert len(listing.paths) <= 20
    assert not listing.complete
    assert list_files(str(project)).complete


def test_a_walk_without_time_ends(tmp_path: Path) -> None:
    make(tmp_path, "a/b/c.txt")
    walked = walk(str(tmp_path), IgnoreRules(str(tmp_path)), limit=10, seconds=-1)
    assert (walked.files, walked.complete) == ([], False)


def test_the_kernels_folders_are_no_files() -> None:
    walked = walk("/", IgnoreRules("/"), limit=2000, seconds=5)
    assert not any(path.startswith(("/proc", "/sys")) for path in walked.folders)


def test_without_git_the_files_are_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, *PROJECT)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask_git(str(tmp_path), ["version"]) is None
    assert listed(tmp_path) == EXPECTED


@needs_git
def test_git_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "bin/git=#!/bin/sh\nprintf 'half\\0rec'\nexec sleep 60\n")
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    (tmp_path / "asked").mkdir()
    answer = ask_git(str(tmp_path / "asked"), ["ls-files"], seconds=0.2)
    assert answer is not None
    assert (answer.records, answer.complete) == ([b"half"], False)


def test_a_broken_ignore_file_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"!\n\xff\xfe\n*.o\n")
    make(tmp_path, "a.o", "a.c")
    rules = IgnoreRules(str(tmp_path))
    assert rules.ignores(str(tmp_path / "a.o"), is_directory=False)
    assert not rules.ignores(str(tmp_path / "a.c"), is_directory=False)


_PATTERNS = st.sampled_from(
    [
        "*.a", "!x.a", "/d", "d/", "!d/", "e/**", "**/x.a", "d/*.b", "!d/x.b", "x.*", "[xy].a",
        "[!x].a", "[^x].a", "\\!y.a", "d/**/x.a", "**", "*", "!*/", "**/e", "/**/d", "x.a  ",
        "x.a\\ ", "#x.a", "\\x.a", "*.\\b", "?.b", "/", "//", "d//", "e", "!e", "d/e/", "**/", "",
        "x.[ab", "/*", "!/d", "d/**", "!d/**", "[", "*x*.*a*", "\\*.a", "\tx.a",
    ]
)  # fmt: skip
_PATHS = [f"{folder}{name}" for folder in ("", "d/", "e/", "d/e/", "e/d/")
          for name in ("x.a", "y.a", "x.b", "!y.a")]  # fmt: skip


@needs_git
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(top=st.lists(_PATTERNS, max_size=4), below=st.lists(_PATTERNS, max_size=3))
def test_our_rules_are_gits_rules(tmp_path: Path, top: list[str], below: list[str]) -> None:
    if not (tmp_path / ".git").exists():
        git(tmp_path, "init")
        make(tmp_path, *_PATHS)
    make(tmp_path, ".gitignore=" + "\n".join(top), "d/.gitignore=" + "\n".join(below))
    by_git = files_module._git_files(str(tmp_path), 1000, time.monotonic() + 60, 1)
    by_us = walk(str(tmp_path), IgnoreRules(str(tmp_path)), limit=1000, seconds=10)
    assert by_git is not None
    assert sorted(by_us.files) == sorted(by_git.paths)


@needs_git
@pytest.mark.parametrize("ignored", ["pkg/", "one.py", "nothing"])
def test_a_folder_in_the_place_of_a_tracked_file(tmp_path: Path, ignored: str) -> None:
    make(tmp_path, "pkg/one.py", "two.py")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    (tmp_path / "pkg/one.py").unlink()
    make(tmp_path, "pkg/one.py/within.py", f".gitignore={ignored}\n")
    by_git = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=tmp_path, capture_output=True,
        check=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    there = {name for name in by_git if name and (tmp_path / name).is_file()}
    assert set(listed(tmp_path)) == there
