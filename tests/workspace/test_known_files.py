"""A list of files that is kept must be the one that would be made anew, whatever has happened."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.workspace import known_files
from arriero.workspace.files import Listing, list_files
from arriero.workspace.known_files import KnownFiles

FILES = {
    "a.py": "a\n",
    "src/b.py": "b\n",
    "src/deep/c.py": "c\n",
    "logs/one.log": "1\n",
    "build/x.o": "x\n",
    ".gitignore": "build/\n*.log\n",
}


class Counted:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self, root: str) -> Listing:
        self.times += 1
        return list_files(root, only_git=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (tmp_path / "home/.config/git").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def root(tmp_path: Path, home: Path, request: pytest.FixtureRequest) -> Path:
    top = tmp_path / "top"
    root = top / "project" if request.param == "below git" else top
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "empty").mkdir()
    if request.param != "plain":
        git(top, "init", "-q")
        git(top, "add", ".")
    return root


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def kept(root: Path, counted: Counted) -> KnownFiles:
    """Lists that are kept already: all is old enough."""
    known = KnownFiles(counted)
    age(root)
    for _ in range(2):
        known(str(root))
    counted.times = 0
    known(str(root))
    assert counted.times == 0
    return known


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def age(root: Path) -> None:
    """Wait until the last change is no news any more, of all that the test has made."""
    own = Path(os.environ["HOME"]).parent  # of this test
    last = max(os.lstat(path).st_ctime_ns for path in (root, *own.rglob("*")))
    while time.time_ns() - last < known_files._STEP + 1_000_000:
        time.sleep(0.01)


def write(name: str, text: str = "x\n") -> Callable[[Path], None]:
    return lambda root: void((root / name).write_text(text))


def void(_: object) -> None:
    return None


def in_hollow(root: Path) -> None:
    (root / "empty/deeper").mkdir()
    (root / "empty/deeper/new.py").write_text("n\n")


def moved(root: Path) -> None:
    os.rename(root / "src/deep", root / "elsewhere")


def unseen_time(root: Path) -> None:
    before = os.stat(root / "src")
    (root / "src/new.py").write_text("n\n")
    os.utime(root / "src", ns=(before.st_atime_ns, before.st_mtime_ns))


def become_repository(root: Path) -> None:
    (root / "src/deep/.gitignore").write_text("c.py\n")
    git(root / "src", "init", "-q")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a new file": write("src/new.py"),
    "a new file where nothing was": write("empty/new.py"),
    "a new file in new folders": in_hollow,
    "a file beside ignored ones": write("logs/two.txt"),
    "a file is removed": lambda root: (root / "src/b.py").unlink(),
    "a folder is moved": moved,
    "a folder is removed": lambda root: shutil.rmtree(root / "src"),
    "a folder's time is set back": unseen_time,
    "a rule more": write(".gitignore", "build/\n*.log\na.*\n"),
    "a rule less": write(".gitignore", "*.log\n"),
    "rules in a folder": write("src/deep/.gitignore", "c.py\n"),
    "rules in a hollow folder": write("empty/.gitignore", "!*.log\n"),
    "a repository in it": become_repository,
}


def track_no_more(root: Path) -> None:
    git(root, "rm", "-q", "--cached", "a.py")
    (root / ".gitignore").write_text("a.py\n")


def other_rules(root: Path) -> None:
    (root.parent / "rules").write_text("new.py\n")
    git(root, "config", "core.excludesFile", str(root.parent / "rules"))


OF_GIT: dict[str, Callable[[Path], object]] = {
    "an ignored file is tracked": lambda root: git(root, "add", "-f", "build/x.o"),
    "a file is tracked no more": track_no_more,
    "rules of the repository": lambda root: (top_of_test(root) / ".git/info/exclude").write_text(
        "empty\nnew.py\n"
    ),
    "rules of the user": lambda root: Path(os.environ["HOME"], ".config/git/ignore").write_text(
        "new.py\n"
    ),
    "rules above": lambda root: (top_of_test(root) / ".gitignore").write_text("new.py\n"),
    "another file of rules": other_rules,
    "no repository any more": lambda root: shutil.rmtree(top_of_test(root) / ".git"),
}


def top_of_test(root: Path) -> Path:
    return root if (root / ".git").exists() else root.parent


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("root", ["git", "plain"], indirect=True)
def test_a_change_is_seen(root: Path, kept: KnownFiles, change: str) -> None:
    CHANGES[change](root)
    for _ in range(2):
        assert tuple(kept(str(root))) == list_files(str(root), only_git=True).paths


@pytest.mark.parametrize(
    ("root", "change"),
    [*(("git", change) for change in OF_GIT), ("below git", "rules above")],
    indirect=["root"],
)
def test_a_change_of_what_git_knows_is_seen(
    root: Path, home: Path, counted: Counted, change: str
) -> None:
    (root / "new.py").write_text("n\n")
    known = KnownFiles(counted)
    age(root)
    for _ in range(2):
        known(str(root))
    OF_GIT[change](root)
    for _ in range(2):
        assert tuple(known(str(root))) == list_files(str(root), only_git=True).paths


@pytest.mark.parametrize("root", ["git"], indirect=True)
def test_a_change_of_a_file_s_text_asks_nobody(
    root: Path, kept: KnownFiles, counted: Counted
) -> None:
    (root / "src/b.py").write_text("other\n")
    kept(str(root))
    assert counted.times == 0


@pytest.mark.parametrize("root", ["git"], indirect=True)
@pytest.mark.parametrize("why", ["fresh", "nested", "included"])
def test_what_cannot_be_told_is_listed_each_time(
    root: Path, home: Path, counted: Counted, why: str
) -> None:
    if why == "nested":
        git(root / "src", "init", "-q")
    if why == "included":
        (home / ".gitconfig").write_text("[Include]\n\tpath = other\n")
    known = KnownFiles(counted)
    if why != "fresh":
        age(root)
    for number in range(3):
        if why == "fresh":
            (root / f"{number}.py").write_text("n\n")
        known(str(root))
    assert counted.times == 3


@pytest.mark.parametrize("root", ["git"], indirect=True)
@pytest.mark.parametrize("ahead", [0, 3600], ids=["one clock", "a file server that is behind"])
def test_what_comes_while_it_is_listed_is_not_lost(
    root: Path, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listing_late(folder: str) -> Listing:
        found = list_files(folder, only_git=True)
        if not (root / "late.py").exists():
            (root / "late.py").write_text("l\n")
        return found

    known = KnownFiles(listing_late)
    age(root)
    clock = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: clock() + ahead * 10**9)
    known(str(root))
    for _ in range(3):
        assert str(root / "late.py") in known(str(root))
