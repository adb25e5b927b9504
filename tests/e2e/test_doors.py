"""`arriero lsp` without the shared daemon: on stdio in one process, and on a port."""

from __future__ import annotations

import asyncio
from pathlib import Path

from arriero.daemon.client import Client
from arriero.daemon.endpoint import default_endpoint
from arriero.models.rehearsal import Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, through_the_forwarder
from forked import program


async def test_standalone(
    root: Path,
    own_environment: dict[str, str],
    simulator: Simulator,
    own_daemon: DaemonProcess,
) -> None:
    simulator.say(Turn("Hello."))
    editor = await through_the_forwarder(root, own_environment, "--standalone")
    await editor.initialize()
    assert (await editor.command("ask", prompt="x"))["message"] == "Hello."
    assert not Path(default_endpoint(own_environment).path).exists(), "no daemon was started"
    await editor.leave()
    assert editor.process is not None
    assert editor.process.returncode == 0


async def test_a_port(
    root: Path,
    own_environment: dict[str, str],
    simulator: Simulator,
    own_daemon: DaemonProcess,
) -> None:
    simulator.say(Turn("Hello."))
    server = await asyncio.create_subprocess_exec(
        *program(), "lsp", "--tcp", "127.0.0.1:0",
        env=own_environment, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert server.stderr is not None
    said = (await asyncio.wait_for(server.stderr.readline(), 20)).decode()
    port = int(said.rsplit(":", 1)[1])
    for _ in range(2):  # one editor after the other: the first to leave does not end it
        editor = Editor(Client(*await asyncio.open_connection("127.0.0.1", port)), root)
        await editor.initialize()
        status = await editor.client.request("arriero/status")
        assert status["workspace"]["folders"] == [str(root)]
        await editor.leave()
    server.terminate()
    assert await asyncio.wait_for(server.wait(), 10) == 0


async def test_a_port_for_other_machines_is_refused(own_environment: dict[str, str]) -> None:
    server = await asyncio.create_subprocess_exec(
        *program(), "lsp", "--tcp", "0.0.0.0:0",
        env=own_environment, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await asyncio.wait_for(server.communicate(), 20)
    assert server.returncode != 0
    assert b"this machine only" in said
