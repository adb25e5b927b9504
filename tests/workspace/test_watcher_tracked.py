"""What git tracks although its rules name it is watched as everything else that is listed."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from arriero.workspace import folderwatch, watchplan
from arriero.workspace.folderwatch import Changed, FolderWatch
from arriero.workspace.notify import WatchfilesNotifier
from arriero.workspace.watcher import Watcher
from arriero.workspace.watchplan import WatchPlan, plan_more, plan_watches, track_again
from workspace.test_ignore import git, make

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

SECONDS = 20
IGNORED = "vendor/\n*.gen\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Some tracked files that rules name, in the repository and in one within it."""
    root = Path(os.path.realpath(tmp_path)) / "root"
    make(root, f".gitignore={IGNORED}", "a.py", "b.gen", "vendor/lib/c.py", "vendor/d.py")
    make(root, "vendor/gone/h.py")
    make(root, "vendor/more/e.py", "vendor/more/deep/f.py", "other/.gitignore=*.log", "other/g.log")
    git(root, "init")
    tracked = (".gitignore", "a.py", "b.gen", "vendor/lib/c.py", "vendor/gone/h.py")
    git(root, "add", "-f", *tracked)
    git(root / "other", "init")
    git(root / "other", "add", "-f", "g.log")
    shutil.rmtree(root / "vendor/gone")
    return root


def folders(root: Path, plan: WatchPlan) -> set[str]:
    return {os.path.relpath(folder, root) for folder in plan.folders}


@pytest.mark.parametrize("recursive", [False, True])
@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("a.py", False),
        ("b.gen", False),
        ("c.gen", True),
        ("vendor/lib/c.py", False),
        ("vendor/lib/x.py", True),
        ("vendor/d.py", True),
        ("vendor/more/e.py", True),
        ("vendor/gone/h.py", False),
    ],
)
def test_the_files_alone_count(root: Path, name: str, ignored: bool, recursive: bool) -> None:
    plan = plan_watches([str(root)], recursive=recursive)
    assert plan.ignores(str(root / name), is_directory=False) is ignored


def test_their_folders_are_watched_and_no_others(root: Path) -> None:
    plan = plan_watches([str(root)], recursive=False)
    assert folders(root, plan) == {".", "other", "vendor", "vendor/lib"}
    assert not plan.ignores(str(root / "other/g.log"), is_directory=False), "a repository within"
    assert plan.ignores(str(root / "other/h.log"), is_directory=False)


def test_rules_of_our_own_leave_out_what_is_tracked_too(root: Path) -> None:
    (root / ".ignore").write_text("lib/\n")
    plan = plan_watches([str(root)], recursive=False)
    assert "vendor/lib" not in folders(root, plan)
    assert plan.ignores(str(root / "vendor/lib/c.py"), is_directory=False)


def test_no_more_folders_than_may_be(root: Path) -> None:
    assert len(plan_watches([str(root)], recursive=False, limit=3).folders) == 3


def test_one_that_comes_back(root: Path) -> None:
    plan = plan_watches([str(root)], recursive=False)
    make(root, "vendor/gone/h.py", "vendor/gone/deep/x.py")
    grown = plan_more(plan, [str(root / "vendor/gone")], [])
    assert folders(root, grown) - folders(root, plan) == {"vendor/gone"}


@pytest.fixture
async def told(root: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Queue[str]]:
    """What a watcher tells of the folder, as `kind name`."""
    monkeypatch.setattr(folderwatch, "_UNTOLD_SECONDS", 0.0)
    watcher = Watcher([str(root)], tick=0.02)
    found: asyncio.Queue[str] = asyncio.Queue()
    subscription = watcher.subscribe()

    async def read() -> None:
        async for batch in subscription:
            for change in batch:
                found.put_nowait(f"{change.kind} {os.path.relpath(change.path, root)}")

    reader = asyncio.create_task(read())
    watcher.start()
    assert await asyncio.wait_for(found.get(), SECONDS) == "rescan ."
    yield found
    await watcher.close()
    await reader


async def until(told: asyncio.Queue[str], wanted: str) -> list[str]:
    seen: list[str] = []
    while wanted not in seen:
        seen.append(await asyncio.wait_for(told.get(), SECONDS))
    return seen


async def test_changes_are_told(root: Path, told: asyncio.Queue[str]) -> None:
    (root / "vendor/d.py").write_text("1")
    (root / "vendor/lib/c.py").write_text("1")
    seen = await until(told, "changed vendor/lib/c.py")
    make(root, "vendor/gone/h.py")
    seen += await until(told, "created vendor/gone/h.py")
    (root / "b.gen").write_text("1")
    seen += await until(told, "changed b.gen")
    assert not [one for one in seen if "vendor/d.py" in one]


async def test_git_begins_and_ends_to_track_one(root: Path, told: asyncio.Queue[str]) -> None:
    git(root, "add", "-f", "vendor/d.py", "vendor/more/e.py")
    await until(told, "rescan .")
    (root / "vendor/more/e.py").write_text("1")
    await until(told, "changed vendor/more/e.py")
    git(root, "rm", "-q", "-f", "--cached", "vendor/more/e.py")
    await until(told, "rescan .")
    (root / "vendor/more/e.py").write_text("2")
    (root / "vendor/d.py").write_text("2")
    assert "changed vendor/more/e.py" not in await until(told, "changed vendor/d.py")


async def test_an_index_that_is_written_anew_with_the_same_is_no_news(
    root: Path, told: asyncio.Queue[str]
) -> None:
    git(root, "add", "a.py")
    git(root, "commit", "-m", "one")
    (root / "a.py").write_text("1")
    assert "rescan ." not in await until(told, "changed a.py")


async def test_rules_outside_of_what_is_watched_count_too(
    root: Path, told: asyncio.Queue[str]
) -> None:
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/exclude").write_text("other/\n")
    await until(told, "rescan .")
    (root / "other/x.py").write_text("1")
    (root / "a.py").write_text("1")
    assert not [one for one in await until(told, "changed a.py") if "other" in one]
    (root / ".git/info/exclude").write_text("")
    await until(told, "rescan .")
    (root / "other/x.py").write_text("2")
    await until(told, "changed other/x.py")


@pytest.mark.parametrize("folder", [".", "other"])
def test_rules_above_what_is_watched(root: Path, folder: str) -> None:
    shutil.rmtree(root / "other/.git")
    place = os.path.normpath(root / folder)
    plan = plan_watches([place], recursive=False)
    make(root, ".gitignore=*.md\n")
    assert track_again(plan)[1] == ([place] if folder == "other" else []), "in it events tell"
    make(root.parent, ".gitignore=*.md\n")
    assert track_again(plan_watches([place]))[1] == [], "no rules for this repository"


@pytest.mark.parametrize("section", ["include", 'includeIf "onbranch:some"'])
@pytest.mark.parametrize(
    "name", [".git/info/exclude", ".git/config", "more", "deep/still", "rules", "of_include"]
)
def test_rules_where_a_configuration_includes_others(root: Path, section: str, name: str) -> None:
    with open(root / ".git/config", "a") as config:
        config.write(f"[core]\nexcludesFile = {root}/rules\n[{section}]\n\tpath = ../more\n")
    make(root, f"more=[Include] path = {root}/deep/still\n[include]\npath = more\n")
    make(root, f"deep/still=[core]\nexcludesFile = {root}/of_include\n")
    plan = plan_watches([str(root)])
    assert track_again(plan)[1] == []
    (root / ".git/info").mkdir(exist_ok=True)
    with open(root / name, "a") as file:
        file.write("# another one\n")
    assert track_again(plan)[1] == [str(root)]


async def test_a_repository_that_comes_into_the_folder(
    root: Path, told: asyncio.Queue[str]
) -> None:
    outside = root.with_name("outside")
    make(outside, ".gitignore=*.gen", "x.gen")
    git(outside, "init")
    git(outside, "add", "-f", "x.gen")
    outside.rename(root / "inner")
    await until(told, "rescan .")
    (root / "inner/x.gen").write_text("1")
    await until(told, "changed inner/x.gen")


async def test_what_is_watched_is_found_out_anew_now_and_then(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folderwatch, "_UNTOLD_SECONDS", 1e6)
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/exclude").write_text("other/\n")
    watch = FolderWatch([str(root)], threading.Event(), WatchfilesNotifier, 0.01)
    watch.step()
    watch.step()
    before = watch.folders
    (root / ".git/info/exclude").write_text("")
    watch.step()
    assert watch.folders == before
    watch.doubt()
    assert Changed(str(root), "rescan") in watch.step()
    assert watch.folders == before + 1
    watch.close()


async def test_a_mount_that_comes_and_goes(
    root: Path, told: asyncio.Queue[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(root, "mount/deep/x.py")
    await until(told, "created mount/deep/x.py")
    for found in ({(str(root / "mount"), "0:99")}, set()):  # only root may mount really
        for module in (folderwatch, watchplan):
            monkeypatch.setattr(module, "mounted_beneath", lambda *_, found=found: frozenset(found))
        told_of = {*await until(told, "rescan ."), *await until(told, "created mount/deep/x.py")}
        assert "deleted mount" not in told_of
    (root / "mount/deep/x.py").write_text("1")
    await until(told, "changed mount/deep/x.py")
