"""`arriero stop` against a daemon that is busy, with streams that do not end by themselves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from arriero.models.rehearsal import Hold, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import on_the_socket
from forked import program

RUNS = 3
FLOOD = 400


async def test_everything_ends_also_while_the_daemon_is_busy(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    hold = Hold(after=2)  # the others wait in the model server's queue
    simulator.say(*[Turn(["one ", "two ", "three"], holds=[hold]) for _ in range(RUNS)])
    editor = await on_the_socket(root, environment)
    await editor.initialize()
    asking = [asyncio.create_task(editor.command("ask", prompt=f"{n}")) for n in range(RUNS)]
    await asyncio.wait_for(hold.reached.wait(), 30)
    while len(simulator.chats) < RUNS:
        await asyncio.sleep(0.002)
    other = await on_the_socket(root, environment)
    await other.initialize()

    async def flood() -> None:
        while True:
            await asyncio.gather(*[other.client.request("arriero/status") for _ in range(FLOOD)])

    busy = asyncio.create_task(flood())
    command = await asyncio.create_subprocess_exec(
        *program(), "stop", "--json",
        env=environment, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(command.communicate(), 60)
    loop = asyncio.get_running_loop()
    told = loop.time()
    assert command.returncode == 0
    stopped = json.loads(out)["runs"]
    assert len(stopped) == RUNS
    assert all(run["ended"] for run in stopped)
    for request in simulator.chats:
        await asyncio.wait_for(request.ended(), 5)
        assert request.closed_at is not None
        assert request.closed_at < told, "the connections were closed before the answer came"
    assert [(await task)["stopReason"] for task in asking] == ["cancelled"] * RUNS
    assert not busy.done(), "all the while the daemon had other things to do"
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    assert (await editor.command("stopAll"))["runs"] == []
    await other.leave()
    await editor.leave()
