"""Limits hold, floods are contained, and a cancelled or overrun command leaves no process."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path

import pytest

from arriero.shadow.running import _END_SECONDS
from arriero.shadow.types import Limits, ShadowError
from scale import by_scale
from shadow.desk import Desk

pytestmark = [pytest.mark.namespaces, pytest.mark.timeout(60)]

MB = 1 << 20


def processes(mark: str) -> list[str]:
    """Return the command lines that contain a mark."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                line = Path(f"/proc/{name}/cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if mark in line:
                found.append(line)
    return found


LINGER = (
    "setsid bash -c 'trap \"\" TERM; exec -a {mark} sleep 300' & "
    "(setsid nohup bash -c 'exec -a {mark} sleep 300' &) ; exec -a {mark} sleep 300"
)


async def test_time_limit_ends_the_whole_tree(desk: Desk) -> None:
    mark = f"mark-{os.urandom(6).hex()}"
    script = "echo begun; echo t > made.txt; " + LINGER.format(mark=mark)
    result = await desk.run(script, limits=Limits(seconds=0.4))
    assert (result.ended, result.exit_code) == ("timeout", None)
    assert result.output == "begun\n"
    assert desk.writes(result) == {"made.txt": "t\n"}
    assert processes(mark) == []


async def test_the_end_of_the_command_ends_its_children(desk: Desk) -> None:
    mark = f"mark-{os.urandom(6).hex()}"
    script = f"setsid bash -c 'exec -a {mark} sleep 300' & sleep 0.1; exit 3"
    result = await desk.run(script)
    assert (result.ended, result.exit_code) == ("exited", 3)
    assert processes(mark) == []


async def test_cancelling_ends_everything_at_once(desk: Desk) -> None:
    mark = f"mark-{os.urandom(6).hex()}"
    task = asyncio.create_task(desk.run("echo x > left.txt; " + LINGER.format(mark=mark)))
    deadline = time.monotonic() + 10
    while len(processes(mark)) < 3:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert processes(mark) == []
    # 200 ms on a quiet machine, seconds on a busy one; after ten its end is no more waited for.
    assert time.monotonic() - began < _END_SECONDS
    # What the cancelled command wrote is nobody's.
    after = await desk.run("ls")
    assert "left.txt" not in after.output
    assert after.writes == ()


@pytest.mark.parametrize("wait", [0, 0.001, 0.005, 0.01, 0.02, 0.05])
async def test_cancelling_at_any_moment_leaves_a_shadow_that_works(desk: Desk, wait: float) -> None:
    task = asyncio.create_task(desk.run("echo x > left.txt; sleep 9"))
    await asyncio.sleep(wait)
    task.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 5
    assert (await desk.run("cat readme.md")).output == "hello\n"


async def test_output_flood_neither_blocks_nor_fills_memory(overlay: Desk) -> None:
    size = by_scale(256 * MB, full=1 << 30)
    before = _resident()
    result = await overlay.run(
        f"echo first; head -c {size} /dev/zero | tr '\\0' x; echo; echo last",
        limits=Limits(seconds=60, output_bytes=60_000),
    )
    assert result.exit_code == 0
    assert len(result.output) < 61_000
    assert result.output.startswith("first\n")
    assert result.output.endswith("x\nlast\n")
    assert result.output_cut == size + len("first\n\nlast\n") - 60_000
    assert f"{result.output_cut:,} bytes" in result.output
    assert _resident() - before < 32 * MB


@pytest.mark.parametrize(
    ("script", "limits", "ended", "output"),
    [
        pytest.param(
            "python3 -c 'x = bytearray(200_000_000)'",
            Limits(seconds=20, memory_bytes=64 * MB),
            "exited",
            "MemoryError",
            id="memory of one process",
        ),
        pytest.param(
            "for i in 1 2 3 4 5 6; do python3 -c 'import time; x = bytearray(40_000_000); "
            "time.sleep(9)' & done; wait",
            Limits(seconds=20, memory_bytes=100 * MB),
            "memory",
            "",
            id="memory of many processes",
        ),
        pytest.param(
            "head -c 40000000 /dev/zero > /tmp/x",
            Limits(seconds=20, memory_bytes=64 * MB),
            "exited",
            "No space left",
            id="memory as files",
        ),
        pytest.param(
            "head -c 5000000 /dev/zero > big; ls -l big",
            Limits(seconds=20, file_bytes=MB),
            "exited",
            "1048576",
            id="size of a file",
        ),
        pytest.param(
            "for i in $(seq 300); do head -c 1000000 /dev/zero > build/$i; done; sleep 9",
            Limits(seconds=20, file_bytes=2 * MB),
            "disk",
            "",
            id="many files",
        ),
        pytest.param(
            "[ $$ -gt 99 ] && exit; f() { f | f & }; f; sleep 9",
            Limits(seconds=0.7, processes=40),
            "timeout",
            "",
            id="fork bomb",
        ),
        pytest.param(
            "python3 -c 'import os, time\nfor i in range(60): os.fork() or time.sleep(9)' 2>&1",
            Limits(seconds=20, processes=20),
            "exited",
            "BlockingIOError",
            id="processes",
        ),
        pytest.param(
            "exec 3<&1; yes > /dev/full; ulimit -c; echo $?",
            Limits(seconds=20),
            "exited",
            "^0$",
            id="no core files",
        ),
    ],
)
async def test_limit(overlay: Desk, script: str, limits: Limits, ended: str, output: str) -> None:
    if "fork" in script or "f()" in script:
        _needs_own_count(overlay)
    result = await overlay.run(script, limits=limits)
    assert result.ended == ended, result
    assert re.search(output, result.output, re.MULTILINE), result
    assert (await overlay.run("echo fine")).output == "fine\n"


async def test_signals_and_exit_codes_are_told(desk: Desk) -> None:
    assert (await desk.run("exit 7")).exit_code == 7
    assert (await desk.run("kill -SEGV $$")).exit_code == -11
    assert (await desk.run("exec no-such-program")).exit_code == 127
    # The signals that Python ignores are as usual.
    assert (await desk.run("yes | head -1 >/dev/null; echo ${PIPESTATUS[0]}")).output == "141\n"


async def test_standard_input(desk: Desk) -> None:
    assert (await desk.run("wc -c", stdin=b"x" * 3_000_000)).output.strip() == "3000000"
    assert (await desk.run("cat; cat /dev/stdin")).output == ""


async def test_commands_wait_for_each_other(desk: Desk) -> None:
    first, second = await asyncio.gather(
        desk.run("echo 1 > build-1.log; sleep 0.1; ls *.log | wc -l"), desk.run("ls *.log | wc -l")
    )
    assert (first.output, second.output) == ("1\n", "1\n")


async def test_closing_ends_what_runs(desk: Desk) -> None:
    mark = f"mark-{os.urandom(6).hex()}"
    first = asyncio.create_task(desk.run(LINGER.format(mark=mark)))
    second = asyncio.create_task(desk.run("echo never"))
    deadline = time.monotonic() + 10
    while len(processes(mark)) < 3:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    await desk.shadow.close()
    assert processes(mark) == []
    for task in (first, second):
        with pytest.raises(ShadowError, match="closed"):
            await task


async def test_the_disk_limit_holds_for_all_commands_together(overlay: Desk) -> None:
    limits = Limits(seconds=20, file_bytes=4 * MB)
    script = "for i in 1 2 3; do head -c 3000000 /dev/zero > build/{}-$i; done; sleep {}"
    assert (await overlay.run(script.format("a", 0.6), limits=limits)).ended == "exited"
    assert (await overlay.run(script.format("b", 9), limits=limits)).ended == "disk"


async def test_a_folder_that_is_not_there(desk: Desk) -> None:
    desk.root = desk.root / "gone"
    result = await desk.run("true")
    assert result.exit_code == 127
    assert "gone" in result.output


async def test_a_closed_shadow_says_so(overlay: Desk) -> None:
    await overlay.shadow.close()
    with pytest.raises(ShadowError, match="start a new session"):
        await overlay.run("true")


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _needs_own_count(overlay: Desk) -> None:
    """Root's own id is not bound by the count of processes."""
    if "root's user id" in overlay.shadow.boundary:
        pytest.skip("the kernel cannot map the workspace to ids of no one")
