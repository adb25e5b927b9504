"""Clients that have runs done while faults are injected, and the ledger of what they were shown."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arriero.daemon.client import DaemonGone, RemoteError
from arriero.daemon.endpoint import default_endpoint
from arriero.models.rehearsal import Asked, Call, Fault, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, on_the_socket
from faults import processes
from faults.disk import fill

PROMPT = re.compile(r"client (\d+) slot (\d+)")
SLOTS = 40  # in a file; then a new one and a new session, so that the work stays the same
_CANCELLED = -32800
_PATIENCE = 60.0  # seconds for one run, whatever happens


@dataclass
class Shown:
    """What a client was shown of one run, known by the words of its prompt."""

    prompt: str
    slot: int
    session_id: str
    text: str = ""
    started: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    applied: bool = False
    answered: bool = False


def model(dice: random.Random) -> Callable[[Asked], Turn]:
    """A model that reads, edits one slot of its client's file, and says so; it breaks at times."""

    def reply(asked: Asked) -> Turn:
        found = PROMPT.findall(asked.last_user)
        if not found:
            return Turn("Hello.")
        client, slot = found[-1]  # what is told of an earlier run stands before it
        done = len(asked.results)
        fault = (
            Fault(dice.choice(("cut", "error", "no_done")), after=1)
            if dice.random() < 0.04
            else None
        )
        if done == 0:
            return Turn("I look at it.", calls=[Call("read_file", {"path": f"c{client}.txt"})])
        if done == 1:
            old = f"slot {slot}\n"
            call = Call(
                "edit_file",
                {"path": f"c{client}.txt", "old_string": old, "new_string": f"{old}made {slot}\n"},
            )
            return Turn(["Now ", "the edit."], calls=[call], fault=fault)
        words = [f"word {n} " for n in range(dice.randint(2, 12))]
        return Turn(words, thinking="It is done.", fault=fault, delay=0.004)

    return reply


class Hour:
    """The daemon, its clients, and what is known of them."""

    def __init__(
        self, root: Path, environment: dict[str, str], daemon: DaemonProcess, simulator: Simulator,
        dice: random.Random,
    ) -> None:  # fmt: skip
        self.root = root
        self.environment = environment
        self.daemon = daemon
        self.simulator = simulator
        self.dice = dice
        self.shown: list[Shown] = []
        self.faults: dict[str, int] = {}
        self.wrong: list[str] = []
        self.ending = False
        self.editors: list[Editor] = []
        self._starting = asyncio.Lock()
        self._models = asyncio.Lock()

    def over(self) -> bool:
        """Whether this phase is to end."""
        return self.ending

    # -- the clients

    async def connected(self) -> Editor:
        """Return a new connection; the daemon is started if there is none, as forwarders do."""
        while True:
            async with self._starting:
                process = self.daemon.process
                if process is None or process.poll() is not None:
                    await self.daemon.start()
            try:
                editor = await on_the_socket(self.root, self.environment)
                options = {"apply": "auto", "shadow": {"kind": "none"}}
                await editor.initialize(settings=options, review=None)
            except (OSError, RemoteError, asyncio.TimeoutError):
                await asyncio.sleep(0.02)
            else:
                self.editors.append(editor)
                return editor

    async def client(self, number: int) -> None:
        """One person, with one edit after the other in a file of his own."""
        file = self.root / f"c{number}.txt"
        editor = await self.connected()
        while not self.over():
            file.write_text("".join(f"slot {slot}\n" for slot in range(SLOTS)))
            session: str | None = None
            mine: list[Shown] = []
            for slot in range(SLOTS):
                if self.over():
                    break
                try:
                    session = await self._turn(editor, number, slot, session, mine)
                    continue
                except (DaemonGone, OSError):
                    editor = await self._again(editor)
                except RemoteError as error:
                    self._judge(error)
                except asyncio.TimeoutError:
                    self.wrong.append(f"client {number} was not answered for {_PATIENCE:.0f} s")
                    editor = await self._again(editor)
                # The run may go on without us: its session is busy, and says what it does there.
                session = None
                await self._accept_what_is_left(editor, mine)
            self._check_file(number, mine)
        await self._leave(editor)

    def _judge(self, error: RemoteError) -> None:
        if error.code == _CANCELLED:  # by a daemon that is told to end
            return
        if not str(error).strip().endswith("."):
            self.wrong.append(f"no sentence: {error}")
        if "There is no session" in str(error):
            self.wrong.append(f"a session is lost: {error}")

    async def _again(self, editor: Editor) -> Editor:
        await self._leave(editor)
        return await self.connected()

    async def _leave(self, editor: Editor) -> None:
        if editor in self.editors:
            self.editors.remove(editor)
        with suppress(DaemonGone, RemoteError, OSError, asyncio.TimeoutError):
            await editor.client.close()

    async def _turn(
        self, editor: Editor, number: int, slot: int, session: str | None, mine: list[Shown]
    ) -> str:
        if session is None:
            params = {"cwd": str(self.root), "mcpServers": []}
            answer = await editor.client.request("session/new", params, timeout=_PATIENCE)
            session = str(answer["sessionId"])
        shown = Shown(f"client {number} slot {slot} turn {len(self.shown)}.", slot, session)
        self.shown.append(shown)
        mine.append(shown)
        editor.client.on("session/update", lambda params: note(shown, params))
        prompt = {"sessionId": session, "prompt": [{"type": "text", "text": shown.prompt}]}
        answer = await editor.client.request("session/prompt", prompt, timeout=_PATIENCE)
        shown.answered = True
        shown.applied = bool(answer["_meta"]["arriero"]["applied"])
        return session

    async def _accept_what_is_left(self, editor: Editor, mine: list[Shown]) -> None:
        """What waits for a verdict is accepted, so that each slot is made once or not at all."""
        if not mine:
            return
        shown = mine[-1]
        with suppress(DaemonGone, OSError, RemoteError, asyncio.TimeoutError):
            run_id = await self._ended(editor, shown)
            if run_id is not None:
                answer = await editor.command("accept", runId=run_id)
                shown.applied = shown.applied or bool(answer["applied"])

    async def _ended(self, editor: Editor, shown: Shown) -> str | None:
        """Wait for the end of a run and return its id; None if it never began."""
        for _ in range(1000):
            events = await self.events(editor, shown.session_id)
            begun = [e for e in events if e["kind"] == "run_started" and is_of(e, shown)]
            if not begun:
                return None
            run_id = str(begun[0]["runId"])
            if any(e["runId"] == run_id and e["kind"] == "run_ended" for e in events):
                return run_id
            await asyncio.sleep(0.05)
        self.wrong.append(f"{shown.prompt} does not end")
        return None

    async def events(self, editor: Editor, session_id: str) -> list[dict[str, Any]]:
        found = await editor.client.request("arriero/sessions", {"sessionId": session_id})
        return list(found["events"])

    def _check_file(self, number: int, mine: list[Shown]) -> None:
        """No line is lost, none doubled, and what was said to be applied is there."""
        lines = (self.root / f"c{number}.txt").read_text().splitlines()
        for slot in range(SLOTS):
            if lines.count(f"slot {slot}") != 1:
                self.wrong.append(f"client {number}: slot {slot} is there not once")
            if lines.count(f"made {slot}") > 1:
                self.wrong.append(f"client {number}: slot {slot} was made twice")
        for one in mine:
            if one.applied and f"made {one.slot}" not in lines:
                self.wrong.append(f"client {number}: slot {one.slot} was applied and is lost")

    # -- the ledger

    async def check_ledger(self) -> int:
        """What each client was shown is stored, once; returns how many runs were looked at."""
        editor = await self.connected()
        for session_id in {one.session_id for one in self.shown}:
            try:
                events = await self.events(editor, session_id)
            except RemoteError as error:
                self.wrong.append(f"session {session_id}: {error}")
                continue
            for shown in self.shown:
                if shown.session_id == session_id:
                    self._check_run(shown, events)
        await self._leave(editor)
        return len(self.shown)

    def _check_run(self, shown: Shown, events: list[dict[str, Any]]) -> None:
        begun = [
            e for e in events if e["kind"] == "run_started" and shown.prompt in e["data"]["prompt"]
        ]
        if not begun:
            if shown.text or shown.started:
                self.wrong.append(f"{shown.prompt} was shown and is not stored")
            return
        if len(begun) > 1:
            self.wrong.append(f"{shown.prompt} is stored {len(begun)} times")
        run = [event for event in events if event["runId"] == begun[0]["runId"]]
        text = "".join(e["data"]["text"] for e in run if e["kind"] == "text")
        if not text.startswith(shown.text):
            self.wrong.append(f"{shown.prompt} was shown {shown.text!r}, and has {text!r}")
        for kind, ids in (("tool_started", shown.started), ("tool_ended", shown.ended)):
            stored = [e["data"]["call_id"] for e in run if e["kind"] == kind]
            if any(stored.count(one) != 1 for one in ids):
                self.wrong.append(f"{shown.prompt}: {kind} {ids} against {stored}")
        ends = [event for event in run if event["kind"] == "run_ended"]
        if len(ends) != 1:
            self.wrong.append(f"{shown.prompt} has {len(ends)} ends")

    # -- the faults

    async def injure(self, names: list[str], every: tuple[float, float]) -> None:
        """Inject a fault of these every now and then, until the end."""
        while not self.over():
            await asyncio.sleep(self.dice.uniform(*every))
            name = self.dice.choice(names)
            work: Callable[[], Awaitable[None]] = getattr(self, f"_{name}")
            with suppress(OSError, DaemonGone):
                await work()
            self.faults[name] = self.faults.get(name, 0) + 1

    async def _kill(self) -> None:
        async with self._starting:
            if self.daemon.process is not None:
                await asyncio.to_thread(self.daemon.kill)

    async def _terminate(self) -> None:
        async with self._starting:
            if self.daemon.process is not None and self.daemon.process.poll() is None:
                status = await self.daemon.terminate()
                if status != 0:
                    self.wrong.append(f"SIGTERM ended the daemon with {status}")

    async def _pause(self) -> None:
        process = self.daemon.process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(self.dice.uniform(0.05, 0.5))
            finally:
                process.send_signal(signal.SIGCONT)

    async def _indexer(self) -> None:
        if self.daemon.process is not None:
            processes.kill_indexer(self.daemon.process.pid)

    async def _model(self) -> None:
        """The model server dies in the middle of what it says, and is started again."""
        async with self._models:
            port = int(self.simulator.base_url.rpartition(":")[2])
            await self.simulator.stop()
            await asyncio.sleep(self.dice.uniform(0.0, 0.1))
            await self.simulator.start(port)

    async def _disconnect(self) -> None:
        if self.editors:
            self.dice.choice(self.editors).client._writer.transport.abort()

    async def _silent(self) -> None:
        """A client that asks for much and never reads."""
        path = default_endpoint(self.environment).path
        _, writer = await asyncio.open_unix_connection(path, limit=1)
        for _ in range(20):
            writer.write(
                b"Content-Length: 60\r\n\r\n"
                + b'{"jsonrpc":"2.0","id":1,"method":"initialize"}'.ljust(60)
            )
        await asyncio.sleep(0.05)
        writer.transport.abort()

    async def _garbage(self) -> None:
        path = default_endpoint(self.environment).path
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(self.dice.randbytes(100_000))
        await asyncio.sleep(0.02)
        writer.transport.abort()

    async def _unplaced(self) -> None:
        """Somebody removes the socket."""
        Path(default_endpoint(self.environment).path).unlink(missing_ok=True)

    async def _full(self) -> None:
        """The disk of the state is full for a while."""
        filler = await asyncio.to_thread(fill, Path(self.environment["XDG_STATE_HOME"]))
        try:
            await asyncio.sleep(self.dice.uniform(0.05, 0.3))
        finally:
            filler.unlink()

    async def _cache(self) -> None:
        """Somebody empties the cache folder."""
        cache = Path(self.environment["XDG_CACHE_HOME"]) / "arriero"
        gone = cache.with_name(f"gone-{os.urandom(4).hex()}")
        cache.rename(gone)
        await asyncio.to_thread(_remove, gone)


def is_of(event: dict[str, Any], shown: Shown) -> bool:
    return shown.prompt in event["data"]["prompt"]


def note(shown: Shown, params: dict[str, Any]) -> None:
    """Keep what a client was shown."""
    if params["sessionId"] != shown.session_id:
        return
    update = params["update"]
    kind = update["sessionUpdate"]
    if kind == "agent_message_chunk" and not update.get("_meta"):
        shown.text += update["content"]["text"]
    elif kind == "tool_call":
        shown.started.append(update["toolCallId"])
    elif kind == "tool_call_update" and update.get("status") in ("completed", "failed"):
        shown.ended.append(update["toolCallId"])


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
