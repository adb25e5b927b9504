"""The start of a command in the shadow, against the bare command's own start."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from arriero.shadow.choose import Setting, make_shadow
from arriero.shadow.types import ShadowError
from arriero.workspace.known_files import KnownFiles
from shadow.desk import Desk, ignored, put

pytestmark = [pytest.mark.benchmark, pytest.mark.namespaces]

ROUNDS = 25
SERIES = 4
PAUSE = 0.04  # seconds
# What is wanted, and what a machine on which many others work still must keep.
MOST, LOOSE = 3.0, 6.0
MOST_OF_A_SECOND = 1.1


async def bare(script: str, root: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", script),
        cwd=root,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    await process.communicate()


async def seconds(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def pairs(
    bare: Callable[[], Awaitable[object]], ours: Callable[[], Awaitable[object]], rounds: int
) -> tuple[float, float]:
    """Return the medians of both, taken in turns, so that a busy machine disturbs both alike.

    Between commands is a pause, as a model takes longer to answer: what can be got ready for the
    next command is.
    """
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for work, into in zip((bare, ours), found, strict=True):
            await asyncio.sleep(PAUSE)
            into.append(await seconds(work))
    return statistics.median(found[0]), statistics.median(found[1])


@pytest.mark.parametrize("kind", ["overlay", "copy", "none"])
async def test_start(tmp_path: Path, kind: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "ws"
    put(root, {f"src/{number}.py": "x = 1\n" for number in range(200)})
    for words in (("init", "-q"), ("add", ".")):
        subprocess.run(["git", *words], cwd=root, check=True)
    try:
        shadow = await make_shadow(
            kind, [str(root)], tmp_path / "shadows", ignored=ignored, listing=KnownFiles()
        )
    except ShadowError as error:
        pytest.skip(str(error))
    desk = Desk(root, shadow)
    await desk.run("true")
    ratios = []
    # The best of a few rounds: the machine may be busy with something else in the others.
    for _ in range(SERIES):
        base, ours = await pairs(
            lambda: bare("true", root), lambda: desk.run("true", {"src/1.py": "x = 2\n"}), ROUNDS
        )
        ratios.append((ours / base, ours, base))
        if ours / base <= MOST:
            break
    ratio, ours, base = min(ratios)
    long_ratio = 9.0
    for _ in range(SERIES):
        long_base, long_ours = await pairs(
            lambda: bare("sleep 1", root), lambda: desk.run("sleep 1"), 3
        )
        long_ratio = min(long_ratio, long_ours / long_base)
        if long_ratio <= MOST_OF_A_SECOND:
            break
    await shadow.close()
    with capsys.disabled():
        print(
            f"\n{kind}: {ours * 1000:.1f} ms against {base * 1000:.1f} ms bare: {ratio:.1f}x "
            f"(of {[round(one, 1) for one, _, _ in ratios]}); a second's command {long_ratio:.3f}x"
        )
    assert ratio <= LOOSE
    assert long_ratio <= MOST_OF_A_SECOND
