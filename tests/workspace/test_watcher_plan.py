from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from arriero.workspace.mounts import mounted_beneath, remote_folders
from arriero.workspace.watchnews import judged
from arriero.workspace.watchplan import MOST_FOLDERS, plan_more, plan_watches

TREE = (
    "src/deep/deeper", "src/node_modules/x/y", "src/__pycache__", "build/out", "docs",
    ".git/objects",
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in TREE:
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("node_modules/\n/build\n__pycache__\n")
    (tmp_path / "src/link").symlink_to("/usr")
    (tmp_path / "file").touch()
    return tmp_path


def folders(tree: Path, limit: int = MOST_FOLDERS, exclude: Sequence[str] = ()) -> set[str]:
    plan = plan_watches([str(tree)], recursive=False, limit=limit, exclude=exclude)
    return {os.path.relpath(folder, tree) for folder in plan.folders}


def test_each_folder_that_is_not_ignored_is_watched(tree: Path) -> None:
    assert folders(tree) == {".", "src", "src/deep", "src/deep/deeper", "docs"}


def test_another_ignore_file_makes_another_plan(tree: Path) -> None:
    before = plan_watches([str(tree)], recursive=False)
    assert before == plan_watches([str(tree)], recursive=False)
    (tree / "src/.gitignore").write_text("deep\n")
    assert folders(tree) == {".", "src", "docs"}
    assert before != plan_watches([str(tree)], recursive=False)


def test_more_folders_than_may_be_watched_are_said(tree: Path) -> None:
    assert len(folders(tree, limit=3)) == 3
    assert "Only 3 folders" in plan_watches([str(tree)], limit=3, recursive=False).notice
    assert not plan_watches([str(tree)], recursive=False).notice


def test_a_folder_whose_name_is_not_utf8_is_a_folder_like_others(tree: Path) -> None:
    os.mkdir(os.fsencode(tree) + b"/caf\xe9")
    plan = plan_watches([str(tree)], recursive=False)
    assert os.fsencode(tree) + b"/caf\xe9" in map(os.fsencode, plan.folders)
    assert not plan.notice


def test_a_root_that_is_not_there_is_in_the_plan_without_identity(tree: Path) -> None:
    gone = str(tree / "gone")
    plan = plan_watches([gone, str(tree / "docs")], recursive=False)
    assert plan.folders == (str(tree / "docs"),)
    assert plan.identities[gone] is None
    assert plan.ignores(gone + "/x", is_directory=False)


def test_where_watches_are_recursive_the_roots_are_watched_and_events_filtered(tree: Path) -> None:
    plan = plan_watches([str(tree)], recursive=True)
    assert plan.folders == (str(tree),)
    assert plan.ignores(str(tree / "src/node_modules/x/y/z.js"), is_directory=False)
    assert plan.ignores(str(tree / ".git/index"), is_directory=False)
    assert not plan.ignores(str(tree / "src/deep/a.py"), is_directory=False)


def test_what_the_settings_and_our_own_ignore_files_leave_out(tree: Path) -> None:
    (tree / ".ignore").write_text("docs\n")
    (tree / "src/.arrierignore").write_text("/deep/deeper\n")
    assert folders(tree) == {".", "src", "src/deep"}
    assert folders(tree, exclude=["deep/"]) == {".", "src"}


@pytest.mark.parametrize("recursive", [False, True])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("docs/.gitignore", True),
        ("docs/.ignore", True),
        (".arrierignore", True),
        ("docs/a.py", False),
        ("build/.gitignore", False),
        ("src/node_modules/x/.gitignore", False),
        (".git/.gitignore", False),
    ],
)
def test_an_ignore_file_that_is_ignored_itself(
    tree: Path, name: str, told: bool, recursive: bool
) -> None:
    (tree / "docs/.gitignore").write_text("*\n")
    (tree / ".ignore").write_text(".ignore\n.arrierignore\n")
    plan = plan_watches([str(tree)], recursive=recursive)
    for kind in ("created", "changed", "deleted"):
        news = judged({(kind, str(tree / name))}, plan, frozenset(plan.folders))
        assert (news.rules_changed, bool(news.changes)) == (told, told)


def test_a_plan_grows_by_what_appeared_and_shrinks_by_what_is_lost(tree: Path) -> None:
    plan = plan_watches([str(tree)], recursive=False)
    for name in ("new/deep", "new/node_modules/x"):
        (tree / name).mkdir(parents=True)
    more = plan_more(plan, [str(tree / "new"), str(tree / "new/deep")], [str(tree / "src/deep")])
    shown = [os.path.relpath(folder, tree) for folder in more.folders]
    assert sorted(shown) == [".", "docs", "new", "new/deep", "src"]
    assert plan_more(plan, [str(tree / "elsewhere/deep")], []).folders == plan.folders


def test_a_home_has_few_watches(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tree))
    monkeypatch.setattr("arriero.workspace.watchplan._MOST_OF_A_HOME", 2)
    assert len(folders(tree)) == 2


@pytest.mark.parametrize(
    ("mounted", "kind", "polled"),
    [
        (".", "nfs4", True),
        ("src", "fuse.sshfs", True),
        ("src", "9p", True),
        (".", "ext4", False),
        ("src", "fuse.fuse-overlayfs", False),
        ("..", "cifs", True),
        ("../elsewhere", "cifs", False),
    ],
)
def test_what_lies_on_another_machine_is_looked_at_and_said(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, mounted: str, kind: str, polled: bool
) -> None:
    mounts = tmp_path_factory.mktemp("mounts") / "mountinfo"
    place = os.path.normpath(tree / mounted)
    mounts.write_text(
        "22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/a rw\n"
        f"23 22 0:22 / {place} rw,relatime shared:1 master:2 - {kind} host:/x rw\n"
    )
    plan = plan_watches([str(tree)], recursive=False, mounts=str(mounts))
    assert plan.polled == ((str(tree),) if polled else ())
    assert ("another machine" in plan.notice) is polled
    assert len(plan.folders) == 5, "what this machine does there is told all the same"
    assert plan.poll_seconds >= 30


def test_mounts_are_named_as_the_kernel_spells_them(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_bytes(b"23 22 0:22 / /w/a\\040b\xe9\\012 rw - nfs h:/x rw\nrubbish\n\n")
    assert remote_folders(["/w"], str(mounts)) == {"/w/a b\udce9\n": "nfs"}
    mounts.write_text("1 1 0:1 / /w rw - nfs h:/x rw\n2 1 0:2 / /w rw - ext4 /dev/b rw\n")
    assert remote_folders(["/w/a"], str(mounts)) == {}, "the later mount hides the earlier"
    assert mounted_beneath(["/"], str(mounts)) == {("/w", "0:2")}
    assert mounted_beneath(["/w"], str(mounts)) == frozenset()
    assert remote_folders(["/w"], str(tmp_path / "none")) == {}
