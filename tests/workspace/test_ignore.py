"""What is ignored: with git and without, by git's rules and by our own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arriero.index.catalogue import scan
from arriero.index.paths import absolute
from arriero.workspace import files, gitfolder, ignore
from arriero.workspace.files import ignored_among, list_files
from arriero.workspace.git import Records, ask_git
from arriero.workspace.ignore import IgnoreRules, OwnRules
from arriero.workspace.ignorefile import lowered, parse
from arriero.workspace.walk import walk
from arriero.workspace.watchplan import plan_watches
from scale import by_scale

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

EXAMPLES = by_scale(15, full=300)
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def make(folder: Path, *names: str) -> None:
    """Make files (`name=content`)."""
    for spelled in names:
        name, _, content = spelled.partition("=")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def git(folder: Path, *arguments: str) -> None:
    named = (
        "user.name=t",
        "user.email=t@t",
        "init.defaultBranch=main",
        "protocol.file.allow=always",
    )
    options = [word for one in named for word in ("-c", one)]
    subprocess.run(["git", *options, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def without_git(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Take git away."""

    def away() -> None:
        monkeypatch.setattr(files, "ask_git", no_git)
        monkeypatch.setattr("arriero.index.catalogue.ask_git", no_git)

    return away


def no_git(*_: object, **__: object) -> Records | None:
    return None


def everywhere(root: Path, exclude: Sequence[str] = ()) -> set[str]:
    """List a folder, as all that list do, who must agree."""
    listed = {os.path.relpath(path, root) for path in list_files(str(root), exclude=exclude).paths}
    found = scan(str(root), {}, exclude=exclude)
    assert found is not None
    assert {os.path.relpath(absolute(str(root), name), root) for name in found.listed} == listed
    there = [
        os.path.join(here, name)
        for here, _, names in os.walk(root)
        for name in names
        if not os.path.islink(os.path.join(here, name))
    ]
    ignored = ignored_among(str(root), there, exclude=exclude)
    assert {os.path.relpath(path, root) for path in there if path not in ignored} == listed
    return listed


def watched(root: Path, exclude: Sequence[str] = ()) -> set[str]:
    plan = plan_watches([str(root)], recursive=False, exclude=exclude)
    return {os.path.relpath(folder, root) for folder in plan.folders}


TREE = (
    "a.py", "out/b.py", "data/c.csv", "data/d.py", "src/e.log", "src/deep/f.py",
    "src/deep/g.gen.py", "inner/h.py", "inner/out/i.py", "inner/j.log",
)  # fmt: skip


@pytest.fixture(params=["tracked", "untracked", "plain"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same files in git, beside git, and without git; `inner` is a repository of its own."""
    root = tmp_path / "work"
    make(root, *TREE)
    if request.param != "plain":
        git(root, "init")
        git(root / "inner", "init")
    if request.param == "tracked":
        git(root, "add", "--", "a.py", "out", "data", "src")
        git(root, "commit", "-m", "one")
    return root


@pytest.mark.parametrize("name", [".ignore", ".arrierignore"])
def test_rules_of_our_own_leave_out_what_is_tracked_too(
    project: Path, name: str, without_git: Callable[[], None]
) -> None:
    make(project, f"{name}=out/\n*.csv\n!c.csv\n", f"src/{name}=/deep/*.gen.py\n!out\n")
    expected = {
        name, "a.py", "data/c.csv", "data/d.py", "src/e.log", "src/deep/f.py", f"src/{name}",
        "inner/h.py", "inner/j.log",
    }  # fmt: skip
    assert everywhere(project) == expected
    assert "out" not in watched(project)
    without_git()
    assert everywhere(project) == expected


def test_patterns_of_the_settings(project: Path, without_git: Callable[[], None]) -> None:
    make(project, "src/.ignore=!e.log\n")
    exclude = ["*.log", "/data", "deep/"]
    expected = {"a.py", "out/b.py", "src/.ignore", "src/e.log", "inner/h.py", "inner/out/i.py"}
    assert everywhere(project, exclude) == expected
    assert watched(project, exclude) == {".", "out", "src", "inner", "inner/out"}
    without_git()
    assert everywhere(project, exclude) == expected


def test_our_rules_bring_nothing_back_that_git_ignores(
    project: Path, without_git: Callable[[], None]
) -> None:
    make(project, ".gitignore=*.new\n", ".ignore=!*.new\n", "x.new")
    assert "x.new" not in everywhere(project)
    without_git()
    assert "x.new" not in everywhere(project)


def test_commands_have_what_is_only_left_out_of_searches(project: Path) -> None:
    make(project, ".ignore=data\n", ".arrierignore=src\n")
    assert len(list_files(str(project), only_git=True).paths) == len(TREE) + 2
    paths = [str(project / "data/c.csv")]
    assert ignored_among(str(project), paths, only_git=True) == frozenset()
    assert ignored_among(str(project), paths) == frozenset(paths)


def test_a_folder_that_is_left_out_is_listed_when_it_is_named(project: Path) -> None:
    make(project, ".ignore=data\n")
    found = list_files(str(project / "data"), root=str(project)).paths
    assert [os.path.basename(path) for path in found] == ["c.csv", "d.py"]


# -- git's rules, with git and without

_PATTERNS = st.sampled_from(
    [
        "*.a", "!x.a", "/d", "d/", "!d/", "e/**", "**/x.a", "d/*.b", "!d/x.b", "[!x].a", "\\!y.a",
        "d/**/x.a", "**", "*", "!*/", "/**/d", "x.a  ", "x.a\t", "x.a\\ ", "#x.a", "x.a\r", "i",
        "i/", "i/x.a", "!i/", "\ufeffx.a", "X.A", "[X-Z].a", "D/",
    ]
)  # fmt: skip
_LINES = st.lists(_PATTERNS, max_size=3)
_PATHS = [f"{folder}{name}" for folder in ("", "d/", "d/e/", "i/", "i/d/", "e/d/")
          for name in ("x.a", "y.a", "x.b", "Z.a")]  # fmt: skip


@pytest.fixture
def repositories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with another one in it, and a home for git."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home/.config"))
    root = tmp_path / "work"
    make(root, *_PATHS)
    make(tmp_path / "home", ".gitconfig=")
    git(root, "init")
    git(root / "i", "init")
    return root


@SETTINGS
@given(
    top=_LINES, below=_LINES, inner=_LINES, exclude=_LINES, everywhere_=_LINES,
    one_case=st.booleans(), configured=st.booleans(), marked=st.booleans(),
)  # fmt: skip
def test_our_reading_of_gits_rules_is_gits(
    repositories: Path,
    top: list[str],
    below: list[str],
    inner: list[str],
    exclude: list[str],
    everywhere_: list[str],
    one_case: bool,
    configured: bool,
    marked: bool,
) -> None:
    root, home = repositories, repositories.parent / "home"
    mark = "\ufeff" if marked else ""
    make(root, ".gitignore=" + mark + "\n".join(top), "d/.gitignore=" + "\n".join(below))
    make(root, "i/.gitignore=" + "\n".join(inner), ".git/info/exclude=" + "\n".join(exclude))
    place = home / ("rules" if configured else ".config/git/ignore")
    for other in (home / "rules", home / ".config/git/ignore"):
        make(other.parent, f"{other.name}=" + ("\n".join(everywhere_) if other == place else ""))
    line = '\texcludesFile = "~/rules" ; ours\n' if configured else ""
    (home / ".gitconfig").write_text("[user]\nname = x\n[Core]\n" + line)
    for folder in (root, root / "i"):
        git(folder, "config", "core.ignorecase", "true" if one_case else "false")
    by_git = set(list_files(str(root), only_git=True).paths)
    by_us = walk(str(root), IgnoreRules(str(root)), limit=1000, seconds=10)
    assert set(by_us.files) == by_git
    part = str(root / "d")
    listed = set(list_files(part, only_git=True).paths)
    if not IgnoreRules(str(root)).ignores(part, is_directory=True):
        assert set(walk(part, IgnoreRules(part), limit=1000, seconds=10).files) == listed
    paths = [str(root / name) for name in _PATHS]
    left = set(paths) - ignored_among(str(root), paths, only_git=True)
    assert left == {path for path in by_git if os.path.basename(path) != ".gitignore"}


_ODD_NAMES = (
    "a", "b", "z", "A", "1", "-", "]", "!", "^", "[", "\\", "_", " ", "aa", "a1", "a]", "[a", "a\r",
)  # fmt: skip


@pytest.mark.parametrize("one_case", [False, True])
@pytest.mark.parametrize(
    "line",
    [
        "a\r", "a\r\r", "\r", "a \r", "\\", "a\\", "\\!", "\\[", "[[:digit:]]", "a[[:digit:]]",
        "[![:alpha:]]", "[[:upper:]_]", "[[:lower:]]", "[[:punct:]]", "[[:space:]]", "[[:print:]]",
        "[[:alnum:][:blank:]]", "[[:xdigit:]-]", "[[:graph:]]", "[[:cntrl:]]", "*[[:cntrl:]]",
        "[[:none:]]", "[[:]", "[[:a]", "[[:alpha:]", "[:digit:]", "[\\]]", "[\\\\]", "[a\\-z]",
        "[a-\\z]", "[a-]", "[-a]", "[]a]", "[]-a]", "[!]a]", "[!-]", "[^a]", "[^^]", "[\\^a]",
        "[\\!a]", "[\\!]", "[\\!-]", "[!!]", "[a-b-z]", "[a-[:digit:]]", "[z-a]", "[!z-a]",
        "[ -~]", "[]", "[!]", "[a", "[[a]", "[/]", "[a/]", "[a/]a",
    ],
)  # fmt: skip
def test_our_reading_of_odd_lines_is_gits(repositories: Path, line: str, one_case: bool) -> None:
    (repositories / ".gitignore").write_bytes(f"{line}\n".encode())
    git(repositories, "config", "core.ignorecase", "true" if one_case else "false")
    by_git = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=repositories, input="\0".join(_ODD_NAMES).encode(), capture_output=True, check=False,
    ).stdout.decode().split("\0")  # fmt: skip
    rules = parse([line], ignore_case=one_case)
    spelled = {name: lowered(name) if one_case else name for name in _ODD_NAMES}
    by_us = [
        name for name, one in spelled.items()
        if any(rule.matches([one], is_directory=False) for rule in rules)
    ]  # fmt: skip
    assert by_us == by_git[:-1]


@pytest.mark.parametrize(
    "piece", ["[", "[a", "[[:", "[\\", "[a-", "\\", "[!", "[/", "[]", "[ -~]", "[!-~]a"]
)
def test_no_line_takes_long(piece: str) -> None:
    parse([piece * (200_000 // len(piece))])


def test_work_trees_and_submodules(tmp_path: Path, without_git: Callable[[], None]) -> None:
    library, main = tmp_path / "library", tmp_path / "main"
    make(library, "lib.py", ".gitignore=*.o\n")
    make(main, "main.py")
    for folder in (library, main):
        git(folder, "init")
        git(folder, "add", ".")
        git(folder, "commit", "-m", "one")
    git(main, "submodule", "add", str(library), "vendor/library")
    git(main, "commit", "-m", "two")
    git(main, "worktree", "add", str(tmp_path / "tree"))
    make(main, ".git/info/exclude=*.tmp\n", ".git/modules/vendor/library/info/exclude=*.bak\n")
    tree = tmp_path / "tree"
    make(main, "x.tmp", "vendor/library/x.o", "vendor/library/x.bak", "vendor/library/x.tmp")
    make(tree, "y.tmp", "y.py")
    assert (tree / ".git").is_file()
    assert (main / "vendor/library/.git").is_file()
    submodule = {f"vendor/library/{name}" for name in ("lib.py", ".gitignore", "x.tmp")}
    for _ in range(2):
        assert everywhere(main) == {".gitmodules", "main.py"} | submodule
        assert everywhere(tree) == {".gitmodules", "main.py", "y.py"}
        assert everywhere(main / "vendor/library") == {"lib.py", ".gitignore", "x.tmp"}
        assert watched(main) == {".", "vendor", "vendor/library"}
        without_git()


def test_the_user_has_no_rules_where_that_is_set(
    repositories: Path, without_git: Callable[[], None]
) -> None:
    make(repositories.parent / "home", ".config/git/ignore=*.a\n")
    git(repositories, "config", "core.excludesFile", "")
    for _ in range(2):
        assert "d/x.a" in everywhere(repositories)
        without_git()


@pytest.mark.parametrize("counts", ["true", "false"])
def test_settings_of_one_work_tree(
    repositories: Path, without_git: Callable[[], None], counts: str
) -> None:
    make(repositories.parent, "rules=*.a\n")
    rules = repositories.parent / "rules"
    make(repositories, f".git/config.worktree=[core]\nexcludesFile = {rules}\n")
    git(repositories, "config", "extensions.worktreeConfig", counts)
    for _ in range(2):
        assert ("d/x.a" in everywhere(repositories)) is (counts == "false")
        without_git()


def test_a_submodule_that_is_not_there_yet(tmp_path: Path) -> None:
    library, main, clone = tmp_path / "library", tmp_path / "main", tmp_path / "clone"
    make(library, "lib.py")
    make(main, "main.py")
    for folder in (library, main):
        git(folder, "init")
        git(folder, "add", ".")
        git(folder, "commit", "-m", "one")
    git(main, "submodule", "add", str(library), "library")
    git(main, "commit", "-m", "two")
    git(tmp_path, "clone", str(main), str(clone))
    assert everywhere(clone) == {".gitmodules", "main.py"}
    make(clone, "library/mine.py")
    assert "library/mine.py" in everywhere(clone)


# -- file systems that take "A" and "a" for one name: simulated, as this one does not


def test_without_git_the_file_system_says_whether_case_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, ".gitignore=BUILD/\n*.Log\n", "build/a.py", "x.LOG", "b.py")
    assert len(list_files(str(tmp_path)).paths) == 4
    monkeypatch.setattr(ignore, "has_one_case", lambda _: True)
    assert everywhere(tmp_path) == {".gitignore", "b.py"}
    assert everywhere(tmp_path, ["B.PY"]) == {".gitignore"}


def test_a_file_system_is_asked_by_the_folders_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Work"
    folder.mkdir()
    assert not ignore.has_one_case(str(folder))
    (tmp_path / "wORK").mkdir()
    assert not ignore.has_one_case(str(folder)), "another folder"
    real = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path: real(str(path).replace("wORK", "Work")))
    assert ignore.has_one_case(str(folder))
    assert not ignore.has_one_case("/")


# -- what an ignore file may be


def test_what_is_no_ignore_file_is_not_read(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "rules=*.py\n", "b/a.py", "c/a.py")
    os.mkfifo(tmp_path / ".gitignore")
    os.mkfifo(tmp_path / ".ignore")
    (tmp_path / "b/.gitignore").mkdir()
    (tmp_path / "c/.gitignore").symlink_to("../rules")
    rules = IgnoreRules(str(tmp_path), OwnRules(str(tmp_path)))
    for name in ("a.py", "b/a.py", "c/a.py"):
        assert not rules.ignores(str(tmp_path / name), is_directory=False)


@pytest.mark.parametrize(
    ("config", "value"),
    [
        ("[core]\nignorecase =\n", ""),
        ("[core]\n\tignorecase = true\n", "true"),
        ("[CORE] IgnoreCase = yes # so it is\n", "yes"),
        ("[core]\nignorecase\n", "true"),
        ("[core]\nignorecase = true\nignorecase = false\n", "false"),
        ('[core "x"]\nignorecase = true\n', None),
        ("[corex]\nignorecase = true\n[other]\n[\n", None),
        ('[core]\nexcludesfile = "a;b"\nignorecase=1\n', "1"),
        ("[core]\nexcludesfile = /a\0b\nignorecase=1\n", "1"),
    ],
)
def test_settings_of_a_repository(tmp_path: Path, config: str, value: str | None) -> None:
    make(tmp_path, f".git/config={config}")
    assert gitfolder._configured(str(tmp_path), "ignorecase") == value
    assert gitfolder.exclude_lines(str(tmp_path)) == []


def test_a_git_file_that_leads_nowhere(tmp_path: Path) -> None:
    make(tmp_path, ".git=gitdir: /nowhere\n", "a.py", ".gitignore=*.log\n", "b.log")
    assert ask_git(str(tmp_path), ["ls-files"]).exit_code != 0  # type: ignore[union-attr]
    assert everywhere(tmp_path) == {"a.py", ".gitignore"}
