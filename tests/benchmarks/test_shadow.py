"""The start of a command in the shadow, against the bare command's own start."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from arriero.shadow.choose import Setting, make_shadow
from arriero.shadow.types import ShadowError
from shadow.desk import Desk, ignored, listing, put

pytestmark = [pytest.mark.benchmark, pytest.mark.namespaces]

ROUNDS = 40


async def bare(script: str, root: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", script),
        cwd=root,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    await process.communicate()


async def seconds(work: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> float:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        await work()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


@pytest.mark.parametrize("kind", ["overlay", "copy", "none"])
async def test_start(tmp_path: Path, kind: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "ws"
    put(root, {f"src/{number}.py": "x = 1\n" for number in range(200)})
    try:
        shadow = await make_shadow(
            kind, [str(root)], tmp_path / "shadows", ignored=ignored, listing=listing
        )
    except ShadowError as error:
        pytest.skip(str(error))
    desk = Desk(root, shadow)
    await desk.run("true")
    base = await seconds(lambda: bare("true", root))
    ours = await seconds(lambda: desk.run("true", {"src/1.py": "x = 2\n"}))
    # Medians: the machine may be busy with something else in one of them.
    long_base = await seconds(lambda: bare("sleep 1", root), 3)
    long_ours = await seconds(lambda: desk.run("sleep 1"), 3)
    await shadow.close()
    with capsys.disabled():
        print(
            f"\n{kind}: {ours * 1000:.1f} ms against {base * 1000:.1f} ms bare: "
            f"{ours / base:.1f}x; a second's command {long_ours / long_base:.2f}x"
        )
    assert ours / base < 25
    assert long_ours / long_base < 1.1
