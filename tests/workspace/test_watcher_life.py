"""Whatever becomes of the folders, no folder stays unseen, and nothing is watched that is gone."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from arriero.workspace.changed import Changed
from arriero.workspace.notify import WatchfilesNotifier
from arriero.workspace.watcher import Watcher
from arriero.workspace.watchplan import WatchPlan
from scale import by_scale

SECONDS = 20
SEEDS = by_scale(4, full=60)
NAMES = ("a", "b", "c", os.fsdecode(b"\xff"), "ignored")


def folders(root: Path) -> list[Path]:
    found = [Path(here) for here, _, _ in os.walk(root)]
    return [one for one in found if not {"ignored", ".git"} & {*one.relative_to(root).parts}]


def change(root: Path, random_: random.Random) -> None:
    """Do something to a folder; what cannot be done is not."""
    here, there = random_.choice(folders(root)), random_.choice(folders(root))
    name = random_.choice(NAMES)
    kinds: dict[str, Callable[[], object]] = {
        "make": (here / name).mkdir,
        "deep": lambda: os.makedirs(here / name / "x" / "y"),
        "move": lambda: here.rename(there / name) if here != root else None,
        "remove": lambda: shutil.rmtree(here) if here != root else None,
        "write": lambda: (here / f"{name}.txt").write_text("1"),
        "git": (here / ".git").mkdir,
    }
    try:
        random_.choice([*kinds.values(), kinds["make"], kinds["deep"]])()
    except OSError:
        return


async def seen(watcher: Watcher, wanted: set[str]) -> None:
    subscription = watcher.subscribe()
    for path in wanted:
        Path(path).write_text("1")
    while wanted:
        batch = await asyncio.wait_for(anext(subscription), SECONDS)
        wanted -= {one.path for one in batch}
        if any(one.kind == "rescan" for one in batch):  # who is told so looks at everything
            break
    subscription.close()


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_after_any_changes_every_folder_is_seen(tmp_path: Path, seed: int) -> None:
    random_ = random.Random(seed)
    root = tmp_path / "root"
    root.mkdir()
    (root / ".ignore").write_text("ignored\n")
    watcher = Watcher([str(root)], tick=0.02)
    first = watcher.subscribe()
    watcher.start()
    assert await asyncio.wait_for(anext(first), SECONDS) == (Changed(str(root), "rescan"),)
    for _ in range(8):
        for _ in range(random_.randrange(6)):
            change(root, random_)
        # All that was done before this file is known when it is seen.
        await seen(watcher, {str(root / f"mark{random_.random()}.md")})
    marks = {str(folder / "seen.md") for folder in folders(root)}
    await seen(watcher, set(marks))
    assert watcher.status.folders == len(marks)
    await watcher.close()


class Late:
    """Makes notifiers that watch a plan only after something more has happened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, plan: WatchPlan, stop: threading.Event) -> LateNotifier:
        (self.folder / "before/deep").mkdir(parents=True, exist_ok=True)
        return LateNotifier(self.folder, WatchfilesNotifier(plan, stop))


class LateNotifier:
    def __init__(self, folder: Path, real: WatchfilesNotifier) -> None:
        self.folder = folder
        self.real = real
        self.wait, self.close = real.wait, real.close

    def follow(self, plan: WatchPlan, lost: Sequence[str]) -> None:
        if (self.folder / "new").exists():
            os.makedirs(self.folder / "new/deep/deeper", exist_ok=True)
            (self.folder / "new/deep/a.py").write_text("1")
        self.real.follow(plan, lost)


async def test_folders_that_come_while_others_are_being_watched(tmp_path: Path) -> None:
    watcher = Watcher([str(tmp_path)], tick=0.02, notifier=Late(tmp_path))
    subscription = watcher.subscribe()
    watcher.start()
    await asyncio.wait_for(anext(subscription), SECONDS)
    (tmp_path / "new").mkdir()
    told: set[str] = set()
    while str(tmp_path / "new/deep/a.py") not in told:
        told |= {one.path for one in await asyncio.wait_for(anext(subscription), SECONDS)}
    late = [tmp_path / "before/deep/b.py", tmp_path / "new/deep/deeper/b.py"]
    await seen(watcher, set(map(str, late)))
    await watcher.close()


async def test_without_anybody_who_listens_nothing_is_watched(tmp_path: Path) -> None:
    watcher = Watcher([str(tmp_path)], tick=0.02)
    watcher.start()
    first = watcher.subscribe()
    await asyncio.wait_for(anext(first), SECONDS)
    assert watcher.status.folders == 1
    first.close()
    while watcher.status.folders:
        await asyncio.sleep(0)
    again = watcher.subscribe()
    assert await asyncio.wait_for(anext(again), SECONDS) == (Changed(str(tmp_path), "rescan"),)
    await watcher.close()


async def test_other_patterns_count_from_the_next_subscription_on(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    watcher = Watcher([str(tmp_path)], tick=0.02)
    watcher.start()
    watcher.exclude(["out", "*.log"])
    subscription = watcher.subscribe()
    await asyncio.wait_for(anext(subscription), SECONDS)
    assert watcher.status.folders == 1
    (tmp_path / "a.log").write_text("1")
    (tmp_path / "a.py").write_text("1")
    batch = await asyncio.wait_for(anext(subscription), SECONDS)
    assert {os.path.basename(one.path) for one in batch} == {"a.py"}
    await watcher.close()


async def test_what_lies_on_another_machine_is_looked_at_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = "arriero.workspace.watchplan"
    monkeypatch.setattr(f"{plan}.remote_folders", lambda roots, _: dict.fromkeys(roots, "nfs"))
    monkeypatch.setattr(f"{plan}._POLL_SECONDS", 0.0)
    monkeypatch.setattr(f"{plan}._POLL_SHARE", 0.0)
    watcher = Watcher([str(tmp_path)], tick=0.02)
    subscription = watcher.subscribe()
    watcher.start()
    for _ in range(3):
        batch = await asyncio.wait_for(anext(subscription), SECONDS)
        assert batch == (Changed(str(tmp_path), "rescan"),)
    assert "another machine" in watcher.status.problem
    # What an editor tells of it is believed at once.
    watcher.hear([Changed(str(tmp_path / "theirs.py"), "changed")])
    told: set[Changed] = set()
    while Changed(str(tmp_path / "theirs.py"), "deleted") not in told:
        told.update(await asyncio.wait_for(anext(subscription), SECONDS))
    await watcher.close()


async def test_what_an_editor_tells_of_ignored_files_is_not_heard(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log\nout/\n")
    (tmp_path / "out").mkdir()
    watcher = Watcher([str(tmp_path)], tick=0.02)
    subscription = watcher.subscribe()
    watcher.start()
    await asyncio.wait_for(anext(subscription), SECONDS)
    names = ("a.log", "out/a.py", "gone.py", "../elsewhere.py")
    watcher.hear([Changed(os.path.normpath(tmp_path / name), "changed") for name in names])
    batch = await asyncio.wait_for(anext(subscription), SECONDS)
    assert batch == (Changed(str(tmp_path / "gone.py"), "deleted"),)
    await watcher.close()
