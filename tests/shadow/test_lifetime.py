"""Nothing of a shadow outlives its owner, and a launcher that dies is replaced."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from arriero.shadow.choose import make_shadow
from arriero.shadow.folders import SessionFolder, make_folder, sweep
from arriero.shadow.launcher.spec import Spec
from arriero.shadow.process import Launcher
from arriero.shadow.removal import remove_tree
from arriero.shadow.runner import bounds_of
from arriero.shadow.types import Limits, ShadowError
from shadow.desk import Desk, put
from shadow.test_limits import processes

pytestmark = pytest.mark.timeout(60)

_OWNER = """
import asyncio, os, sys
from arriero.shadow.choose import make_shadow
from arriero.shadow.types import Command, Limits
async def main(root, folder, kind, mark):
    nothing = lambda *arguments: set()
    shadow = await make_shadow(kind, [root], folder, ignored=nothing, listing=nothing)
    script = f"setsid bash -c 'exec -a {mark} sleep 300' & exec -a {mark} sleep 300"
    environment = {"PATH": os.environ["PATH"]}
    await shadow.run(Command(("bash", "-c", script), root, {}, environment, Limits()))
from pathlib import Path
asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
"""


def until(condition: object, what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@pytest.mark.namespaces
@pytest.mark.parametrize("kind", ["overlay", "copy"])
def test_a_killed_daemon_leaves_no_process_and_its_folder_is_swept(
    tmp_path: Path, kind: str
) -> None:
    put(tmp_path / "ws", {"a": "a"})
    folder = tmp_path / "shadows"
    mark = f"mark-{os.urandom(6).hex()}"
    arguments = [sys.executable, "-c", _OWNER, str(tmp_path / "ws"), str(folder), kind, mark]
    with subprocess.Popen(arguments) as owner:
        until(lambda: len([p for p in processes(mark) if p.startswith(mark)]) == 2, "not started")
        assert sweep(folder) == 0, "what is in use must stay"
        owner.send_signal(signal.SIGKILL)
    until(lambda: processes(mark) == [], "processes are left")
    until(lambda: processes(str(folder)) == [], "the launcher is left")
    assert len(list(folder.iterdir())) == 1
    assert sweep(folder) == 1
    assert list(folder.iterdir()) == []


@pytest.mark.namespaces
async def test_no_mounts_and_no_descriptors_are_left(desk: Desk) -> None:
    shadow: Any = desk.shadow

    async def descriptors() -> int:
        await desk.run("true")
        # With the sockets of the processes that wait for the next command.
        await shadow._settling.over()
        return len(os.listdir("/proc/self/fd"))

    before = await descriptors()
    mounts = Path("/proc/self/mountinfo").read_text()
    for _ in range(4):
        await descriptors()
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert await descriptors() <= before


@pytest.mark.namespaces
async def test_a_launcher_that_dies_is_replaced(desk: Desk) -> None:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    launchers = [
        int(pid) for pid in children if b"launcher" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    if not launchers:
        assert (await desk.run("true")).exit_code == 0
        return
    os.kill(launchers[-1], signal.SIGKILL)
    until(lambda: _is_dead(launchers[-1]), "not killed")
    assert (await desk.run("echo alive")).output == "alive\n"


@pytest.mark.namespaces
async def test_a_launcher_whose_end_is_not_known_yet_is_replaced(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path)
    await launcher._start()
    assert launcher._requests is not None
    launcher._requests.close()
    launcher._requests, gone = socket.socketpair()
    gone.close()
    spec = Spec(("echo", "alive"), "/", (("PATH", "/bin"),), bounds_of(Limits()), True, False)
    outcome = await launcher.run(spec, b"", Limits())
    assert outcome.output == "alive\n"
    await launcher.close()


@pytest.mark.namespaces
async def test_commands_at_once_find_processes_that_wait_and_none_is_lost(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path)
    spec = Spec(("echo", "alive"), "/", (("PATH", "/bin"),), bounds_of(Limits()), True, False)
    await launcher.make_ready(spec)
    assert len(launcher._ready) == 2
    running = [await launcher.start(spec, b"", Limits()) for _ in range(3)]
    assert launcher._ready == []
    for one in running:
        await one.wait(20)
        await one.end()
        assert one.outcome.output == "alive\n"
    # While they are made ready the launcher dies: what is made then is kept.
    assert launcher._requests is not None
    launcher._requests.close()
    launcher._requests, gone = socket.socketpair()
    gone.close()
    await launcher.make_ready(spec)
    assert len(launcher._ready) == 2
    # On another ground those that wait are no use, and are let go.
    other = spec._replace(network=False)
    waiting = launcher._ready[:]
    await launcher.make_ready(other)
    assert [ready.ground.network for ready in launcher._ready] == [False, False]
    assert all(hand.fileno() == -1 for ready in waiting for hand in ready._hands)
    await launcher.close()
    assert launcher._ready == []


def _is_dead(pid: int) -> bool:
    try:
        return ") Z" in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True


async def test_closing_twice_and_an_unused_shadow(tmp_path: Path) -> None:
    put(tmp_path / "ws", {"a": "a"})
    shadow = await make_shadow(
        "auto",
        [str(tmp_path / "ws")],
        tmp_path / "s",
        ignored=lambda r, p: set(),
        listing=lambda r: [],
    )
    await shadow.close()
    await shadow.close()
    assert list((tmp_path / "s").iterdir()) == []


def test_sweeping_spares_what_is_locked_and_what_is_not_ours(tmp_path: Path) -> None:
    kept = SessionFolder(tmp_path)
    gone = SessionFolder(tmp_path)
    (gone.path / "x").write_text("x")
    os.close(gone._lock)
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("/etc")
    (tmp_path / ".being-made").mkdir()
    assert sweep(tmp_path) == 1
    assert kept.path.is_dir()
    assert not gone.path.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        [".being-made", "file", kept.path.name, "link"]
    )
    kept.remove()
    assert sweep(tmp_path / "never") == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 61234, 61234)
    with pytest.raises(ShadowError, match="belongs to somebody else"):
        make_folder(tmp_path)


def test_removing_what_is_deep_and_locked_up(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/kept").write_text("x")
    here = os.open(top, os.O_RDONLY)
    for _ in range(60):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.symlink(str(tmp_path / "outside"), "link", dir_fd=here)
        os.close(here)
        here = below
    os.fchmod(here, 0)
    os.close(here)
    (top / "shut").mkdir()
    (top / "shut/file").write_text("x")
    (top / "shut").chmod(0)
    remove_tree(str(top))
    assert not top.exists()
    assert (tmp_path / "outside/kept").exists()
