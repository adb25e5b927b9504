"""The gateway's dashboard in a real browser: `dashboard/drive.mjs` is the person.

Needs Node, Chromium and the packages of the VS Code extension (`npm ci` in editor-client/vscode).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from pathlib import Path

import pytest
import uvicorn

from arriero.sessions.events import EventBody, RunEnded, Text, ToolEnded, ToolStarted
from gateway.desk_bench import ADMIN, Bench, bench

SUITE = Path(__file__).parent / "dashboard"
MODULES = SUITE.parents[2] / "editor-client" / "vscode" / "node_modules"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
LIMIT = 600.0  # seconds

HAPPENS: dict[str, EventBody] = {
    "a call begins": ToolStarted(2, "call_9", "grep_search", {}, "Search x", "search"),
    "words": Text(2, "Half a word"),
    "the call ends": ToolEnded(2, "call_9", "grep_search", "ok", "a.txt:1: x", 77),
    "the run ends": RunEnded("end_turn", "Done."),
}  # fmt: skip


def _node() -> str:
    own = Path(os.environ.get("ARRIERO_EDITORS_CACHE", "/nowhere")) / "node" / "run"
    return str(own) if own.exists() else shutil.which("node") or ""


def _missing() -> str:
    """Say what is not there, empty if all is."""
    if not _node():
        return "there is no node"
    if not (MODULES / "playwright-core").exists() or not (MODULES / "axe-core").exists():
        return "run `npm ci` in editor-client/vscode"
    return "" if Path(CHROMIUM).exists() else f"there is no {CHROMIUM}; CHROMIUM names another"


MISSING = _missing()
pytestmark = [
    pytest.mark.editors,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
    pytest.mark.timeout(LIMIT),
]


async def test_the_dashboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("ARRIERO_AGENT", "ARRIERO_MODEL", "OLLAMA_", "LLM_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    async with bench(tmp_path, tmp_path / "config") as desk:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(desk.app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await _drive(desk, address)
        finally:
            server.should_exit = server.force_exit = True
            await serving


async def _drive(desk: Bench, address: str) -> None:
    person = await asyncio.create_subprocess_exec(
        _node(), str(SUITE / "drive.mjs"), desk.desk.access.link(address), ADMIN,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert person.stdin is not None
    assert person.stdout is not None
    try:
        async for line in person.stdout:
            told = line.decode().rstrip("\n")
            print(told)
            asked, _, what = told.partition(" ")
            if asked == "ask":
                await desk.tell("run_open", HAPPENS[what])
                person.stdin.write(f"done {what}\n".encode())
        assert await person.wait() == 0
    finally:
        if person.returncode is None:
            person.kill()
            await person.wait()
