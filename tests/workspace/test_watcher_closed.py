"""Folders that are closed while they are watched: nothing in them can be looked at until later."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arriero.workspace.folderwatch import FolderWatch
from arriero.workspace.inotify import InotifyNotifier
from arriero.workspace.notify import OpenNotifier, WatchfilesNotifier
from arriero.workspace.watchnews import judged
from arriero.workspace.watchplan import identity, plan_more, plan_watches
from workspace.powerless import powerless
from workspace.test_ignore import git, make

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the watches of Linux")

CLOSED = [0o000, 0o100, 0o400]
STEPS = 500  # of 20 ms at most

Call = Callable[[Callable[[], object]], object]


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    root = Path(os.path.realpath(tmp_path)) / "root"
    make(root, "a.py", "d/b.py", "d/deep/c.py")
    yield root
    for folder in (root.parent, root, root / "d"):
        folder.chmod(0o700)


class Watched:
    """A watch on a folder in a thread without rights of its own, and what it told."""

    def __init__(self, root: Path, call: Call, notifier: OpenNotifier) -> None:
        self.root = root
        self.call = call
        self.watch = FolderWatch([str(root)], threading.Event(), notifier, 0.02)

    def until(self, *wanted: str) -> set[str]:
        seen: set[str] = set()
        for _ in range(STEPS):
            for change in self.call(self.watch.step):  # type: ignore[attr-defined]
                seen.add(f"{change.kind} {os.path.relpath(change.path, self.root)}")
            if seen.issuperset(wanted):
                return seen
        raise AssertionError(seen)


@pytest.fixture(params=[WatchfilesNotifier, InotifyNotifier])
def watched(root: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
    with powerless() as call:
        watched = Watched(root, call, request.param)
        watched.until("rescan .")
        yield watched
        call(watched.watch.close)


@pytest.mark.parametrize("mode", CLOSED)
def test_a_folder_that_is_closed_and_opened(watched: Watched, root: Path, mode: int) -> None:
    (root / "d").chmod(mode)
    watched.until("rescan .")
    make(root, "d/b.py=1", "d/deep/more/e.py", "d/.gitignore=f.py\n", "d/f.py", "a.py=1")
    seen = watched.until("changed a.py")
    assert not [one for one in seen if one.startswith("deleted")]
    (root / "d").chmod(0o755)
    watched.until("rescan .")
    assert watched.watch.folders == 4
    make(root, "d/f.py=1", "d/deep/more/e.py=1")
    assert "changed d/f.py" not in watched.until("changed d/deep/more/e.py")


@pytest.mark.parametrize(
    ("folder", "mode"), [*((".", mode) for mode in CLOSED), ("..", 0o000), ("..", 0o400)]
)
def test_the_workspace_itself_is_closed_and_opened(
    watched: Watched, root: Path, folder: str, mode: int
) -> None:
    (root / folder).chmod(mode)
    assert watched.until("rescan .") == {"rescan ."}
    assert not watched.watch.problem
    make(root, "new.py")
    root.parent.chmod(0o755)
    root.chmod(0o755)
    watched.until("rescan .")
    make(root, "a.py=1")
    watched.until("changed a.py")


def test_other_rights_of_an_open_folder_are_no_news(root: Path) -> None:
    plan = plan_watches([str(root)], recursive=False)
    (root / "d").chmod(0o700)
    news = judged({("changed", str(root / "d"))}, plan, frozenset(plan.folders))
    assert (news.rules_changed, news.changes) == (False, [])


@pytest.mark.parametrize("mode", CLOSED)
def test_a_plan_knows_what_is_closed(root: Path, mode: int) -> None:
    (root / "d").chmod(mode)
    with powerless() as call:
        plan = call(lambda: plan_watches([str(root)], recursive=False))
        assert plan.closed >= {str(root / "d")}
        news = call(lambda: judged({("changed", str(root / "d"))}, plan, frozenset(plan.folders)))
        assert (news.rules_changed, news.changes) == (False, []), "as it was"
        news = call(lambda: judged({("changed", str(root / "d/b.py"))}, plan, frozenset()))
        assert (mode == 0o100) is bool(news.changes), "it can be looked at where one may enter"
        (root / "d").chmod(0o700)
        grown = call(lambda: plan_more(plan, [str(root / "d")], [str(root / "d")]))
        assert grown.closed == frozenset()
        assert str(root / "d/deep") in grown.folders


def test_a_closed_folder_with_a_file_that_git_tracks_although_a_rule_names_it(root: Path) -> None:
    git(root, "init")
    make(root, ".gitignore=d/\n")
    git(root, "add", "-f", "d/b.py", "d/deep/c.py")
    (root / "d").chmod(0)
    with powerless() as call:
        plan = call(lambda: plan_watches([str(root)], recursive=False))
        assert plan.folders == (str(root),)
        assert plan.closed == {str(root / "d")}
        (root / "d").chmod(0o700)
        plan = call(lambda: plan_watches([str(root)], recursive=False))
        assert (len(plan.folders), plan.closed) == (3, frozenset())


def test_what_is_not_there_is_another_thing_than_what_is_closed(root: Path) -> None:
    with powerless() as call:
        before = identity(str(root))
        root.chmod(0)
        assert None is not call(lambda: identity(str(root))) != before
        assert call(lambda: identity(str(root / "d"))) is not None
        root.chmod(0o700)
        assert call(lambda: identity(str(root))) == before
        assert call(lambda: identity(str(root / "none"))) is None
