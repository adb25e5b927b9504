"""Limits of the machine that a real daemon reaches: processes, watches, and texts of a gigabyte."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest

from arriero.daemon.client import RemoteError
from arriero.models.rehearsal import Call, Simulator, Turn
from e2e.conftest import DaemonProcess
from faults import processes
from faults.test_daemon import FULL, at_full_scale, edited, opened, warnings
from forked import Forked

HUGE = (1024 if FULL else 70) << 20  # bytes of a buffer
ORDINARY = os.geteuid() != 0
# A user namespace has a limit of its own.
_FEW_WATCHES = 'echo 8 >/proc/sys/user/max_inotify_watches && exec "$@"'


def _threads_of_this_user() -> int:
    """Return how many threads the kernel counts against this user's limit."""
    count = 0
    for one in Path("/proc").iterdir():
        with suppress(OSError):
            if one.name.isdecimal() and one.stat().st_uid == os.geteuid():
                count += sum(1 for _ in (one / "task").iterdir())
    return count


@pytest.mark.skipif(not ORDINARY, reason="the limit of processes does not bind root")
@at_full_scale
async def test_without_processes_it_goes_on_once_there_are_some(
    root: Path,
    own_environment: dict[str, str],
    simulator: Simulator,
    own_daemon: DaemonProcess,
) -> None:
    await own_daemon.start()
    editor = await opened(root, own_environment)
    await edited(editor, simulator)
    assert own_daemon.process is not None
    pid = own_daemon.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NPROC)
    resource.prlimit(pid, resource.RLIMIT_NPROC, (_threads_of_this_user(), hard))
    for number in range(3):
        call = Call("run_command", {"command": "echo 1 > b.txt"})
        simulator.say(Turn("I run it.", calls=[call]), Turn("It was run."))
        try:
            done = await editor.command("agent", prompt=f"run it {number}", apply="never")
        except RemoteError as error:
            done = {"stopReason": "error", "message": str(error)}
        assert done["stopReason"] in ("end_turn", "error"), done
        assert "Traceback" not in done["message"]
        assert done["message"].endswith("."), done
        simulator.script.__init__([])  # type: ignore[misc]
    resource.prlimit(pid, resource.RLIMIT_NPROC, (soft, hard))
    await edited(editor, simulator, "one", "1")
    call = Call("run_command", {"command": "echo 1 > c.txt"})
    simulator.say(Turn("I run it.", calls=[call]), Turn("It was run."))
    done = await editor.command("agent", prompt="run it", apply="auto")
    assert (done["stopReason"], (root / "c.txt").read_text()) == ("end_turn", "1\n"), warnings(
        editor
    )
    other = await opened(root, own_environment)
    await other.leave()
    await editor.leave()
    assert await own_daemon.terminate() == 0


def _namespace_with_few_watches(own_daemon: DaemonProcess) -> subprocess.Popen[bytes] | None:
    """Start the daemon where the kernel gives few watches; None where that cannot be had."""
    inside = ["unshare", "--user", "--map-root-user", "bash", "-c", _FEW_WATCHES, "bash"]
    with suppress(OSError):
        if subprocess.run([*inside, "true"], check=False, capture_output=True).returncode == 0:
            return subprocess.Popen(
                [*inside, sys.executable, "-m", "arriero", "daemon", "run"],
                env=own_daemon.places,
                cwd="/",
            )
    return None


@at_full_scale
async def test_where_the_kernel_gives_no_more_watches(
    root: Path, own_environment: dict[str, str], simulator: Simulator, own_daemon: DaemonProcess
) -> None:
    """What the kernel says is real here: it is not played."""
    for number in range(30):
        (root / f"d{number}").mkdir()
        (root / f"d{number}" / "f.txt").write_text("x\n")
    process = _namespace_with_few_watches(own_daemon)
    if process is None:
        pytest.skip("no user namespace with limits of its own")
    own_daemon.process = cast(Forked, process)  # the same methods
    await own_daemon.start()
    editor = await opened(root, own_environment)
    problem = ""
    for _ in range(3000):
        status = await editor.client.request("arriero/daemonStatus")
        if problem := "".join(one["problem"] for one in status["workspaces"]):
            break
        await asyncio.sleep(0.01)
    assert "no more file watches" in problem
    assert "sysctl" in problem
    await edited(editor, simulator)
    (root / "a.txt").write_text("one\n2\nfour\n")
    await edited(editor, simulator, "four", "4")
    assert (root / "a.txt").read_text() == "one\n2\n4\n"
    await editor.leave()
    assert await own_daemon.terminate() == 0


async def test_a_buffer_of_a_gigabyte(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    """It is not kept, the person is told of it, and what stands on disk is worked with."""
    assert daemon.process is not None
    pid = daemon.process.pid
    editor = await opened(root, environment)
    await edited(editor, simulator)
    before = most = processes.memory(pid)
    uri = (root / "a.txt").as_uri()
    head, tail = (
        b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"'
        + uri.encode()
        + b'","languageId":"text","version":1,"text":"',
        b'"}}}',
    )
    writer = editor.client._writer
    writer.write(b"Content-Length: %d\r\n\r\n" % (len(head) + HUGE + len(tail)) + head)
    piece = b"x" * (1 << 20)
    for _ in range(HUGE >> 20):
        writer.write(piece)
        await writer.drain()
        most = max(most, processes.memory(pid))
    writer.write(tail)
    change = {
        "textDocument": {"uri": uri, "version": 2},
        "contentChanges": [
            {
                "range": {
                    "start": {"line": 0, "character": 5},
                    "end": {"line": 0, "character": 6},
                },
                "text": "y",
            }
        ],
    }
    editor.client.notify("textDocument/didChange", change)
    await edited(editor, simulator, "one", "1")
    assert (root / "a.txt").read_text() == "1\n2\nthree\n"
    assert most - before < 64 << 20
    await editor.leave()
