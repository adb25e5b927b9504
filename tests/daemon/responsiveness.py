"""What a daemon is put through while its loop is watched: each scenario plays one heavy moment."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from arriero.daemon.client import Client
from daemon.heavy_sessions import (
    CHUNKS,
    EVENTS,
    FILES,
    LARGE_LINES,
    LINE,
    THOUGHTS,
    WATCHED,
    fill,
)
from e2e.editor import Editor

PATIENCE = 60.0  # seconds for one request, on a busy machine
SETTINGS: dict[str, Any] = {
    "mode": "agent",
    "permissions": {"commands": "auto"},
    "agent": {"result_chars": 1_000_000, "max_answer_tokens": 100_000},
    "window": {"num_ctx": 16_000_000},
}
Scenario = Callable[["Daemon"], Awaitable[None]]


class Daemon:
    """A watched daemon in a process of its own, with one editor in the folder `root`."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "work"
        self.state = folder / "state"
        self.cache = folder / "cache"
        self.socket = str(folder / "socket")
        self.editor: Editor
        self.times = itertools.count()
        self.proposals = itertools.count()
        self._process: asyncio.subprocess.Process

    async def start(self) -> None:
        tests = Path(__file__).parents[1]
        server = tests.parent / "server"
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "daemon.watched_daemon",
            str(self.state), str(self.cache), self.socket,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{server}",
                 "HOME": str(self.root.parent), "XDG_CONFIG_HOME": str(self.root.parent / "none")},
        )  # fmt: skip
        assert self._process.stdout is not None
        assert await asyncio.wait_for(self._process.stdout.readline(), PATIENCE) == b"ready\n"
        self.editor = await self.connect(SETTINGS)

    async def connect(self, settings: dict[str, Any] | None = None) -> Editor:
        """Let one more editor come."""
        reader, writer = await asyncio.open_unix_connection(self.socket, limit=1 << 20)
        editor = Editor(Client(reader, writer), self.root)
        await editor.initialize(settings, trusted=True)
        return editor

    async def stop(self) -> None:
        assert self._process.stdin is not None
        await self.editor.leave()
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), PATIENCE)

    async def figures(self) -> dict[str, Any]:
        """Return what was worst since the last look."""
        return dict(await self.editor.client.request("watch/take", timeout=PATIENCE))

    async def ask(self, session_id: str | None = None, **play: Any) -> dict[str, Any]:
        """Do a run over ACP in which the model plays this."""
        client = self.editor.client
        if session_id is None:
            params: dict[str, Any] = {"cwd": str(self.root), "mcpServers": []}
            session_id = (await client.request("session/new", params))["sessionId"]
        prompt = [{"type": "text", "text": f"play {json.dumps(play)}"}]
        params = {"sessionId": session_id, "prompt": prompt}
        return dict(await client.request("session/prompt", params, timeout=PATIENCE))

    async def command(self, name: str, **arguments: Any) -> Any:
        return await self.editor.command(name, PATIENCE, **arguments)


@asynccontextmanager
async def daemon(folder: Path) -> AsyncIterator[Daemon]:
    """Start a daemon with the sessions and files that the scenarios use."""
    made = Daemon(folder)
    made.root.mkdir()
    for number in range(FILES):
        (made.root / f"file{number}.txt").write_text(LINE * 20)
    (made.root / "big.txt").write_text(LINE * 131_072)
    await fill(made.state, made.root)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


# -- the scenarios


async def initialize(daemon: Daemon) -> None:
    other = await daemon.connect(SETTINGS)
    await other.command("status")
    await other.leave()


async def large_tool_results(daemon: Daemon) -> None:
    """Diffs and arguments of megabytes."""
    calls: list[Any] = [
        ["write_file", {"path": f"large{next(daemon.times)}.txt", "lines": LARGE_LINES}],
        ["read_file", {"path": "big.txt", "limit": 100_000}],
    ]
    await daemon.ask(calls=calls)


async def compaction(daemon: Daemon) -> None:
    """A history of 2 MB in a window of 8,192 tokens, with its summary."""
    settings = {**SETTINGS, "window": {"num_ctx": 8192}, "agent": {"max_answer_tokens": 1000}}
    other = await daemon.connect(settings)
    fork = await other.client.request("arriero/sessions", {"fork": "ses-history"})
    session_id = fork["sessions"][0]["sessionId"]
    params = {"sessionId": session_id, "prompt": [{"type": "text", "text": "go on"}]}
    await other.client.request("session/prompt", params, timeout=PATIENCE)
    await other.leave()


async def load_over_acp(daemon: Daemon) -> None:
    params = {"sessionId": "ses-events", "cwd": str(daemon.root), "mcpServers": []}
    await daemon.editor.client.request("session/load", params, timeout=PATIENCE)


async def load_over_lsp(daemon: Daemon) -> None:
    params = {"sessionId": "ses-events"}
    found = await daemon.editor.client.request("arriero/sessions", params, timeout=PATIENCE)
    assert len(found["events"]) > EVENTS


async def load_large_diffs(daemon: Daemon) -> None:
    client = daemon.editor.client
    params = {"sessionId": "ses-diffs", "cwd": str(daemon.root), "mcpServers": []}
    await client.request("session/load", params, timeout=PATIENCE)
    await client.request("arriero/sessions", {"sessionId": "ses-diffs"}, timeout=PATIENCE)


async def go_on_in_a_long_session(daemon: Daemon) -> None:
    """A run in the session of very many events: they are folded to messages, and weighed."""
    fork = await daemon.editor.client.request("arriero/sessions", {"fork": "ses-events"})
    await daemon.ask(fork["sessions"][0]["sessionId"], chunks=3)


async def large_instructions(daemon: Daemon) -> None:
    """A file of instructions of 1 MB."""
    path = daemon.root / "AGENTS.md"
    path.write_text("".join(f"{n}. Do the {n}th thing well.\n" for n in range(30_000)))
    try:
        await daemon.ask(chunks=3)
    finally:
        path.unlink()


async def large_proposal(daemon: Daemon) -> None:
    """Edits of very many files: shown, accepted and taken back."""
    run_id = f"run-files-{next(daemon.proposals)}"
    params = {"runId": run_id}
    found = await daemon.editor.client.request("arriero/proposal", params, timeout=PATIENCE)
    assert len(found["files"]) == FILES
    accepted = await daemon.command("accept", runId=run_id)
    assert len(accepted["hunks"]) == FILES
    await daemon.command("undo", runId=run_id)


async def many_edits(daemon: Daemon) -> None:
    """Each edit stores the proposal so far."""
    time = next(daemon.times)
    calls = [["write_file", {"path": f"new{time}-{n}.txt", "lines": 200}] for n in range(20)]
    answer = await daemon.ask(calls=calls)
    await daemon.command("accept", runId=answer["_meta"]["arriero"]["runId"])


async def typing_in_a_large_buffer(daemon: Daemon) -> None:
    """A buffer of 5 MB: opened, edited a hundred times, replaced, closed."""
    editor = daemon.editor
    uri = editor.uri("big.txt")
    text = LINE * 131_072
    item = {"uri": uri, "languageId": "text", "version": 1, "text": text}
    editor.client.notify("textDocument/didOpen", {"textDocument": item})
    for number in range(100):
        at = {"line": number * 1000, "character": 3}
        change: dict[str, Any] = {"range": {"start": at, "end": at}, "text": "typed "}
        _change(editor, uri, number + 2, change)
    _change(editor, uri, 200, {"text": "\u00e9\U0001f600" + text})
    await editor.command("status")
    editor.client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    await editor.command("status")


def _change(editor: Editor, uri: str, version: int, change: dict[str, Any]) -> None:
    params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
    editor.client.notify("textDocument/didChange", params)


async def message_of_50_mb(daemon: Daemon) -> None:
    editor = daemon.editor
    uri = editor.uri("huge.txt")
    item = {"uri": uri, "languageId": "text", "version": 1, "text": LINE * 1_250_000}
    editor.client.notify("textDocument/didOpen", {"textDocument": item})
    await editor.command("status")
    editor.client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    await editor.command("status")


async def many_models(daemon: Daemon) -> None:
    found = await daemon.editor.client.request("arriero/models", {})
    assert len(found["models"]) == 500


async def many_chunks(daemon: Daemon) -> None:
    await daemon.ask(chunks=CHUNKS)


async def large_chunk(daemon: Daemon) -> None:
    """As long an answer as there can be, which comes at once."""
    await daemon.ask(characters=190_000)


async def many_thoughts(daemon: Daemon) -> None:
    await daemon.ask(thoughts=THOUGHTS)


async def retry_storm(daemon: Daemon) -> None:
    await asyncio.gather(*(daemon.ask(storm=True) for _ in range(5)))


async def many_files_changed(daemon: Daemon) -> None:
    """Thousands of files at once under the watcher."""

    def write() -> None:
        folder = daemon.root / "many"
        folder.mkdir()
        for number in range(WATCHED):
            (folder / str(number)).touch()
        for number in range(WATCHED):
            (folder / str(number)).unlink()
        folder.rmdir()

    await asyncio.to_thread(write)
    await daemon.editor.command("status")
    await asyncio.sleep(1.2)  # a tick of the watcher: what it tells is measured, not waited for


SCENARIOS: tuple[Scenario, ...] = (
    initialize,
    many_models,
    large_tool_results,
    compaction,
    load_over_acp,
    load_over_lsp,
    load_large_diffs,
    go_on_in_a_long_session,
    large_instructions,
    large_proposal,
    many_edits,
    typing_in_a_large_buffer,
    message_of_50_mb,
    many_chunks,
    large_chunk,
    many_thoughts,
    retry_storm,
    many_files_changed,
)
