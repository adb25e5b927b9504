from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from arriero.workspace.folderwatch import Changed
from arriero.workspace.notify import (
    Events,
    EventsLost,
    NameUnreadable,
    OpenNotifier,
    WatchfilesNotifier,
    WatchLimitReached,
)
from arriero.workspace.watcher import Subscription, Watcher
from arriero.workspace.watchplan import WatchPlan, plan_watches

SECONDS = 20


class Watched:
    """A watcher on a folder and what one subscriber has seen of it, as `kind name`."""

    def __init__(self, root: Path, watcher: Watcher, subscription: Subscription) -> None:
        self.root = root
        self.watcher = watcher
        self.subscription = subscription
        self.seen: list[str] = []

    async def until(self, *wanted: str) -> None:
        """Wait until each of these was seen since the last call."""
        missing = set(wanted)
        while missing:
            batch = await asyncio.wait_for(anext(self.subscription), SECONDS)
            names = {f"{c.kind} {os.path.relpath(c.path, self.root)}" for c in batch}
            self.seen += sorted(names)
            missing -= names


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    root = tmp_path / "root"
    for name in ("src/deep", "node_modules/x", ".git"):
        (root / name).mkdir(parents=True)
    (root / ".gitignore").write_text("node_modules\n*.log\n")
    (root / "src/a.py").touch()
    watcher = Watcher([str(root)], tick=0.05)
    watched = Watched(root, watcher, watcher.subscribe())
    watcher.start()
    await watched.until("rescan .")
    yield watched
    await watcher.close()


async def test_files_that_are_made_changed_and_deleted_are_told(watched: Watched) -> None:
    (watched.root / "new.py").write_text("1")
    await watched.until("created new.py")
    (watched.root / "src/a.py").write_text("2")
    await watched.until("changed src/a.py")
    (watched.root / "src/a.py").unlink()
    await watched.until("deleted src/a.py")


async def test_files_in_new_folders_are_told_however_fast_they_come(watched: Watched) -> None:
    deep = watched.root / "one/two/three"
    deep.mkdir(parents=True)
    (deep / "a.py").write_text("1")
    await watched.until("created one/two/three/a.py")
    (deep / "b.py").write_text("1")
    await watched.until("created one/two/three/b.py")


async def test_what_is_ignored_is_neither_watched_nor_told(watched: Watched) -> None:
    assert watched.watcher.status.folders == 3
    for name in ("node_modules/x/y.js", "src/debug.log", ".git/index", "last.py"):
        (watched.root / name).write_text("1")
    await watched.until("created last.py")
    assert not [entry for entry in watched.seen if "last" not in entry and "rescan" not in entry]


async def test_a_changed_ignore_file_counts_at_once(watched: Watched) -> None:
    (watched.root / ".gitignore").write_text("src/deep\n")
    await watched.until("changed .gitignore")
    (watched.root / "src/debug.log").write_text("1")
    (watched.root / "node_modules/x/y.js").write_text("1")
    await watched.until("created src/debug.log", "created node_modules/x/y.js")
    (watched.root / "src/deep/z.py").write_text("1")
    (watched.root / "last.py").write_text("1")
    await watched.until("created last.py")
    assert not any("deep" in entry for entry in watched.seen)


async def test_a_renamed_folder_is_watched_under_its_new_name_only(watched: Watched) -> None:
    (watched.root / "src").rename(watched.root / "lib")
    await watched.until("deleted src", "created lib/a.py")
    (watched.root / "lib/deep/b.py").write_text("1")
    await watched.until("created lib/deep/b.py")
    assert not any("src/deep" in entry for entry in watched.seen)


async def test_a_folder_that_was_replaced_is_watched_again(watched: Watched) -> None:
    shutil.rmtree(watched.root / "src/deep")
    (watched.root / "src/deep").mkdir()
    (watched.root / "src/deep/b.py").write_text("1")
    await watched.until("created src/deep/b.py")
    (watched.root / "src/deep/c.py").write_text("1")
    await watched.until("created src/deep/c.py")


async def test_a_folder_in_the_place_of_another_one_is_told(watched: Watched) -> None:
    (watched.root / "new/deep").mkdir(parents=True)
    (watched.root / "new/deep/b.py").touch()
    await watched.until("created new/deep/b.py")
    (watched.root / "src").rename(watched.root.with_name("away"))
    (watched.root / "new").rename(watched.root / "src")
    await watched.until("deleted src", "deleted new", "created src/deep/b.py")


async def test_a_folder_in_the_place_of_a_file_is_told(watched: Watched) -> None:
    (watched.root / "src/a.py").unlink()
    (watched.root / "src/a.py").mkdir()
    (watched.root / "src/a.py/b.py").touch()
    await watched.until("deleted src/a.py", "created src/a.py/b.py")


async def test_a_root_may_vanish_and_return(watched: Watched) -> None:
    shutil.rmtree(watched.root)
    await watched.until("deleted .")
    assert "restore" in watched.watcher.status.problem
    watched.root.mkdir()
    (watched.root / "a.py").write_text("1")
    await watched.until("rescan .")
    assert watched.watcher.status.problem == ""
    (watched.root / "b.py").write_text("1")
    await watched.until("created b.py")


async def test_a_root_that_was_replaced_at_once_is_told(watched: Watched) -> None:
    other = watched.root.with_name("other")
    other.mkdir()
    watched.root.rename(watched.root.with_name("old"))
    other.rename(watched.root)
    await watched.until("rescan .")
    (watched.root / "b.py").write_text("1")
    await watched.until("created b.py")


async def test_a_name_that_is_not_utf8_does_not_end_the_watching(watched: Watched) -> None:
    folder = os.fsencode(watched.root) + b"/caf\xe9"
    os.mkdir(folder)
    await watched.until("rescan .")  # from now on it is watched in another way
    with open(folder + b"/\xff.py", "w") as file:
        file.write("1")
    await watched.until("created caf\udce9/\udcff.py")
    (watched.root / "b.py").write_text("1")
    await watched.until("created b.py")
    assert watched.seen.count("rescan .") == 2
    assert not watched.watcher.status.problem


async def test_every_subscriber_is_told_and_one_may_leave(watched: Watched) -> None:
    leaving, staying = watched.watcher.subscribe(), watched.watcher.subscribe()
    leaving.close()
    with pytest.raises(StopAsyncIteration):
        await anext(leaving)
    (watched.root / "new.py").write_text("1")
    await watched.until("created new.py")
    batch = await asyncio.wait_for(anext(staying), SECONDS)
    assert Changed(str(watched.root / "new.py"), "created") in batch


async def test_closing_ends_the_subscriptions_and_the_thread(watched: Watched) -> None:
    assert [t for t in threading.enumerate() if t.name.startswith("watcher")]
    reader = asyncio.create_task(anext(watched.subscription))
    await watched.watcher.close()
    await watched.watcher.close()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(reader, SECONDS)
    for thread in threading.enumerate():
        if thread.name.startswith("watcher"):
            await asyncio.to_thread(thread.join, SECONDS)
    assert not [t for t in threading.enumerate() if t.name.startswith("watcher")]
    with pytest.raises(StopAsyncIteration):
        await anext(watched.watcher.subscribe())


class Failing:
    """A notifier seam that fails as it is told before it hands over to the real one."""

    def __init__(self, on_open: list[Exception], on_wait: list[Exception]) -> None:
        self.on_open = on_open
        self.on_wait = on_wait
        self.opened = 0
        self.watching = threading.Event()

    def __call__(self, plan: WatchPlan, stop: threading.Event) -> Failing.Notifier:
        self.opened += 1
        if self.on_open:
            raise self.on_open.pop(0)
        return self.Notifier(self, WatchfilesNotifier, plan, stop)

    class Notifier:
        def __init__(
            self, seam: Failing, make: OpenNotifier, plan: WatchPlan, stop: threading.Event
        ) -> None:
            self.seam = seam
            self.real = make(plan, stop)

        def wait(self, seconds: float) -> Events:
            if self.seam.on_wait:
                raise self.seam.on_wait.pop(0)
            self.seam.watching.set()
            return self.real.wait(seconds)

        def follow(self, plan: WatchPlan, lost: Sequence[str]) -> None:
            self.real.follow(plan, lost)

        def close(self) -> None:
            self.real.close()


@pytest.mark.parametrize(
    ("on_open", "on_wait"),
    [
        ([FileNotFoundError("a folder went away")], []),
        ([], [EventsLost("more happened at once than is kept")]),
        ([PermissionError("no")], [OSError("no"), UnicodeEncodeError("utf-8", "x", 0, 1, "no")]),
        ([], [ZeroDivisionError("a mistake of ours")]),
    ],
)
async def test_watching_that_fails_is_begun_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    on_open: list[Exception],
    on_wait: list[Exception],
) -> None:
    monkeypatch.setattr("arriero.workspace.watcher._AFTER_A_BUG", 0.01)
    seam = Failing(on_open, on_wait)
    watcher = Watcher([str(tmp_path)], tick=0.05, notifier=seam)
    watched = Watched(tmp_path, watcher, watcher.subscribe())
    watcher.start()
    assert await asyncio.to_thread(seam.watching.wait, SECONDS)
    (tmp_path / "new.py").write_text("1")
    await watched.until("created new.py")
    await watcher.close()


async def test_a_watch_limit_is_said_and_changes_are_looked_for(tmp_path: Path) -> None:
    seam = Failing([WatchLimitReached("max_user_instances", 1_024)], [])
    watcher = Watcher([str(tmp_path)], tick=0.05, notifier=seam)
    watched = Watched(tmp_path, watcher, watcher.subscribe())
    watcher.start()
    await watched.until("rescan .")
    assert "`sudo sysctl fs.inotify.max_user_instances=1024`" in watcher.status.problem
    assert watcher.status.folders == 0
    await watcher.close()
    assert seam.opened == 1


async def test_now_and_then_everything_is_to_be_looked_at(tmp_path: Path) -> None:
    watcher = Watcher([str(tmp_path)], tick=0.02, rescan_seconds=0.05)
    watched = Watched(tmp_path, watcher, watcher.subscribe())
    watcher.start()
    for _ in range(3):
        await watched.until("rescan .")
    await watcher.close()


A = "/w/a"


@pytest.mark.parametrize(
    ("kinds", "merged"),
    [
        (["created", "changed"], "created"),
        (["deleted", "created"], "changed"),
        (["created", "deleted"], "deleted"),
        (["changed", "changed"], "changed"),
        (["rescan", "changed"], "rescan"),
        (["changed", "rescan"], "rescan"),
    ],
)
async def test_a_slow_reader_gets_one_change_for_a_path(kinds: list[str], merged: str) -> None:
    subscription = Watcher(["/w"]).subscribe()
    for kind in kinds:
        subscription.add([Changed(A, kind)])  # type: ignore[arg-type]
    assert await anext(subscription) == (Changed(A, merged),)  # type: ignore[arg-type]


async def test_a_reader_that_never_reads_costs_little() -> None:
    subscription = Watcher(["/w"]).subscribe()
    for n in range(20_001):
        subscription.add([Changed(f"/w/{n}", "created")])
    assert len(await anext(subscription)) < 10_001
    subscription.add([Changed("/w/x", "created")])
    assert await anext(subscription) == (Changed("/w/x", "created"),)


def test_what_happened_before_other_folders_are_watched_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arriero.workspace.notify._LAST_MS", 10_000)  # it ends with what comes
    notifier = WatchfilesNotifier(plan_watches([str(tmp_path)]), threading.Event())
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.py").touch()
        (tmp_path / name).mkdir()
        notifier.follow(plan_watches([str(tmp_path)]), [])
    told = {os.path.basename(path) for _, path in notifier.wait(SECONDS)}
    assert {"a.py", "b.py", "c.py"} <= told
    (tmp_path / "c/d.py").touch()
    assert ("created", str(tmp_path / "c/d.py")) in notifier.wait(SECONDS)
    notifier.close()


class Told:
    """What stands for watchfiles: it tells some events, or fails."""

    def __init__(self, events: object) -> None:
        self.events = events

    def watch(self, *_: object) -> object:
        if isinstance(self.events, Exception):
            raise self.events
        return self.events

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({(1, f"/a/{number}") for number in range(5_001)}, EventsLost),
        (RuntimeError('Unable to decode path "/a/\\xFF" to string'), NameUnreadable),
        (RuntimeError("anything else"), RuntimeError),
    ],
)
def test_what_watchfiles_may_have_left_out(
    tmp_path: Path, told: object, error: type[Exception]
) -> None:
    notifier = WatchfilesNotifier(plan_watches([str(tmp_path)]), threading.Event())
    notifier.close()
    notifier._notify = Told(told)  # type: ignore[assignment]
    with pytest.raises(error):
        notifier.wait(0.1)
