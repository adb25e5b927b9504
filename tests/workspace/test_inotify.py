"""Linux's own notifications, as they are."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from arriero.workspace import inotify
from arriero.workspace.inotify import InotifyNotifier
from arriero.workspace.notify import EventsLost, WatchLimitReached
from arriero.workspace.watchplan import WatchPlan, plan_watches

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


def planned(folder: Path) -> WatchPlan:
    return plan_watches([str(folder)], recursive=False)


@pytest.fixture
def notifier(tmp_path: Path) -> Iterator[InotifyNotifier]:
    (tmp_path / "sub").mkdir()
    notifier = InotifyNotifier(planned(tmp_path), threading.Event())
    yield notifier
    notifier.close()
    notifier.close()


def events(notifier: InotifyNotifier, folder: Path, seconds: float = 5) -> set[str]:
    return {f"{kind} {os.path.relpath(path, folder)}" for kind, path in notifier.wait(seconds)}


def test_what_happens_to_files_and_folders(notifier: InotifyNotifier, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    assert events(notifier, tmp_path) == {"created a", "changed a"}
    (tmp_path / "a").rename(tmp_path / "sub/b")
    assert events(notifier, tmp_path) == {"deleted a", "created sub/b"}
    (tmp_path / "sub/b").chmod(0o600)
    assert events(notifier, tmp_path) == {"changed sub/b"}
    os.replace(tmp_path / "sub/b", os.fsencode(tmp_path) + b"/\xff")
    assert events(notifier, tmp_path) == {"deleted sub/b", "created \udcff"}
    assert events(notifier, tmp_path, 0.01) == set()


def test_a_folder_that_is_renamed_is_told_under_its_new_name(
    notifier: InotifyNotifier, tmp_path: Path
) -> None:
    (tmp_path / "sub").rename(tmp_path / "new")
    assert events(notifier, tmp_path) == {"deleted sub", "created new"}
    notifier.follow(planned(tmp_path), [str(tmp_path / "sub")])
    (tmp_path / "new/a").touch()
    assert events(notifier, tmp_path) == {"created new/a"}


def test_a_folder_that_is_left_out_is_told_no_more(
    notifier: InotifyNotifier, tmp_path: Path
) -> None:
    (tmp_path / ".gitignore").write_text("sub")
    notifier.wait(5)
    notifier.follow(planned(tmp_path), [])
    (tmp_path / "sub/a").touch()
    (tmp_path / "b").touch()
    assert events(notifier, tmp_path) == {"created b"}


def wait_long(notifier: InotifyNotifier) -> None:
    """Read all that there is: on a busy machine that is more than one burst."""
    for _ in range(100):
        notifier.wait(1)


def test_more_than_the_system_keeps_is_told_as_lost(
    notifier: InotifyNotifier, tmp_path: Path
) -> None:
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 100_000:
        pytest.skip("this system keeps too many for a short test")
    with open(tmp_path / "a", "wb", 0) as one, open(tmp_path / "b", "wb", 0) as other:
        for _ in range(most // 2 + 10):  # by turns: the same twice counts once
            one.write(b"x")
            other.write(b"x")
    with pytest.raises(EventsLost):
        wait_long(notifier)


@pytest.mark.parametrize(
    ("call", "code", "command"),
    [
        ("inotify_add_watch", errno.ENOSPC, "sudo sysctl fs.inotify.max_user_watches=524288"),
        ("inotify_init1", errno.EMFILE, "sudo sysctl fs.inotify.max_user_instances=1024"),
    ],
)
def test_limits_name_the_command_that_raises_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, command: str
) -> None:
    real = inotify._library()

    def failing(*_: object) -> int:
        ctypes.set_errno(code)
        return -1

    calls = {name: getattr(real, name) for name in ("inotify_init1", "inotify_add_watch")}
    monkeypatch.setattr(inotify, "_library", lambda: SimpleNamespace(**{**calls, call: failing}))
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(WatchLimitReached) as error:
        InotifyNotifier(planned(tmp_path), threading.Event())
    assert error.value.command == command
    assert set(os.listdir("/proc/self/fd")) <= before  # other watchers may be ending


def test_a_folder_that_is_gone_or_no_folder_is_passed_over(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    plan = planned(tmp_path)
    (tmp_path / "a").rmdir()
    (tmp_path / "b").rmdir()
    (tmp_path / "b").symlink_to("c")
    notifier = InotifyNotifier(plan, threading.Event())
    (tmp_path / "c/x").touch()
    assert events(notifier, tmp_path) == {"created c/x"}
    notifier.close()


def test_it_stops_when_it_is_told(notifier: InotifyNotifier) -> None:
    notifier._stop.set()
    assert notifier.wait(600) == set()
