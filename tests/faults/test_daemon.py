"""Faults that a real daemon meets: signals, disks, damaged stores, clients, lost places."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from arriero.daemon.client import DaemonGone, RemoteError
from arriero.daemon.endpoint import default_endpoint, dial
from arriero.models.rehearsal import Call, Hold, Simulator, Turn
from e2e.conftest import DaemonProcess
from e2e.editor import Editor, on_the_socket, through_the_forwarder
from faults import processes
from faults.disk import fill, small_disk
from scale import is_full

FULL = is_full()
HUGE = (200 if FULL else 70) << 20  # bytes of a message
UNREAD = (400 if FULL else 8) << 20  # bytes that a client asks for and does not read

at_full_scale = pytest.mark.skipif(not FULL, reason="at full scale")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def an_edit(simulator: Simulator, old: str = "two", new: str = "2") -> None:
    call = Call("edit_file", {"path": "a.txt", "old_string": old, "new_string": new})
    simulator.say(Turn("I edit.", calls=[call]), Turn("Changed."))


async def opened(root: Path, environment: dict[str, str], **settings: Any) -> Editor:
    editor = await on_the_socket(root, environment)
    await editor.initialize(settings={"apply": "auto", **settings})
    return editor


async def edited(editor: Editor, simulator: Simulator, old: str = "two", new: str = "2") -> str:
    """Have one run done and return its id."""
    an_edit(simulator, old, new)
    done = await editor.command("agent", prompt="edit it", apply="auto")
    assert (done["stopReason"], done["applied"]) == ("end_turn", True), (done, editor.notes[-3:])
    return str(done["runId"])


async def sessions(editor: Editor) -> list[dict[str, Any]]:
    return list((await editor.client.request("arriero/sessions", {}))["sessions"])


def warnings(editor: Editor) -> str:
    shown = [params["message"] for name, params in editor.notes if name == "window/showMessage"]
    return "\n".join(shown)


async def warned(editor: Editor, text: str) -> None:
    """Wait for a sentence."""
    end = time.monotonic() + 30
    while text not in warnings(editor):
        assert time.monotonic() < end, warnings(editor)
        await asyncio.sleep(0.01)


# -- signals


@at_full_scale
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
async def test_a_signal_ends_runs_in_order(
    number: signal.Signals,
    root: Path,
    own_environment: dict[str, str],
    simulator: Simulator,
    own_daemon: DaemonProcess,
) -> None:
    hold = Hold(after=1)
    simulator.say(Turn(["half ", "never"], holds=[hold]))
    await own_daemon.start()
    editor = await opened(root, own_environment)
    asking = asyncio.ensure_future(editor.command("ask", prompt="x"))
    await asyncio.wait_for(hold.reached.wait(), 60)
    assert own_daemon.process is not None
    own_daemon.process.send_signal(number)
    with suppress(DaemonGone, RemoteError):
        await asyncio.wait_for(asking, 60)
    assert await asyncio.to_thread(own_daemon.process.wait, 60) == 0
    await own_daemon.start()
    editor = await opened(root, own_environment)
    (session,) = await sessions(editor)
    assert session["runs"][0]["stopReason"] == "cancelled"
    await editor.leave()


async def test_a_daemon_that_is_stopped_for_a_while_goes_on(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    editor = await opened(root, environment)
    hold = Hold(after=1)
    simulator.say(Turn(["half ", "whole"], holds=[hold]))
    asking = asyncio.ensure_future(editor.command("ask", prompt="x"))
    await asyncio.wait_for(hold.reached.wait(), 60)
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGSTOP)
    hold.release()
    await asyncio.sleep(0.3)
    assert not asking.done()
    daemon.process.send_signal(signal.SIGCONT)
    assert (await asyncio.wait_for(asking, 60))["message"] == "half whole"
    await editor.leave()


# -- disks


async def test_a_full_disk_is_told_and_passes(
    root: Path, own_environment: dict[str, str], simulator: Simulator, own_daemon: DaemonProcess
) -> None:
    state = Path(own_daemon.places["XDG_STATE_HOME"])
    with small_disk(state, "8m") as mounted:
        if not mounted:
            pytest.skip("this user cannot mount a small disk")
        await own_daemon.start()
        editor = await opened(root, own_environment)
        await edited(editor, simulator)
        filler = fill(state)
        told = ""
        for _ in range(20):  # what is left of the last page is used up first
            an_edit(simulator, "three", "3" * 5000)
            try:
                done = await editor.command("agent", prompt="x" * 5000, apply="never")
            except RemoteError as error:
                told = str(error)
            else:
                told = done["message"] if done["stopReason"] == "error" else ""
            if told:
                break
        assert "disk is full; make room" in told
        filler.unlink()
        simulator.script.__init__([])  # type: ignore[misc]
        await edited(editor, simulator, "one", "1")
        found = await sessions(editor)
        assert all(run["stopReason"] for one in found for run in one["runs"])
        await editor.leave()
        assert await own_daemon.terminate() == 0


async def test_a_state_folder_that_cannot_be_written(
    root: Path, own_environment: dict[str, str], simulator: Simulator, own_daemon: DaemonProcess
) -> None:
    """No crash loop: the daemon serves, and says what it cannot keep."""
    state = Path(own_daemon.places["XDG_STATE_HOME"])
    with small_disk(state, "8m") as mounted:
        if not mounted:
            pytest.skip("this user cannot mount a small disk")
        subprocess.run(["mount", "-o", "remount,ro", str(state)], check=True)
        await own_daemon.start()
        editor = await opened(root, own_environment)
        await warned(editor, "Conversations cannot be kept")
        simulator.say(Turn("I answer."))
        assert (await editor.command("ask", prompt="x"))["message"] == "I answer."
        subprocess.run(["mount", "-o", "remount,rw", str(state)], check=True)
        await editor.leave()
        assert await own_daemon.terminate() == 0


async def test_folders_that_are_removed_while_in_use(
    root: Path, own_environment: dict[str, str], simulator: Simulator, own_daemon: DaemonProcess
) -> None:
    await own_daemon.start()
    editor = await opened(root, own_environment)
    await edited(editor, simulator)
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        shutil.rmtree(own_daemon.places[name], ignore_errors=True)
    await edited(editor, simulator, "one", "1")
    assert (root / "a.txt").read_text() == "1\n2\nthree\n"
    await warned(editor, "was removed or replaced")
    assert len(await sessions(editor)) == 2, "what was known is stored again"
    own_daemon.kill()
    await own_daemon.start()
    editor = await opened(root, own_environment)
    assert len(await sessions(editor)) == 2
    await editor.leave()


# -- damaged stores


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(0, len(data), 97):
        data[at] ^= 0x5A
    path.write_bytes(data)


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def be_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = (flip, halve, be_a_folder, empty)


@pytest.mark.parametrize("damages", [DAMAGES, *((one,) for one in DAMAGES if FULL)])
async def test_whatever_is_damaged_the_daemon_starts_and_works(
    damages: tuple[Callable[[Path], None], ...],
    root: Path,
    own_environment: dict[str, str],
    simulator: Simulator,
    own_daemon: DaemonProcess,
) -> None:
    await own_daemon.start()
    editor = await opened(root, own_environment)
    run_id = await edited(editor, simulator)
    await editor.leave()
    await own_daemon.terminate()
    places = [Path(own_daemon.places[name]) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME")]
    pending = places[0] / "arriero" / "checkpoints" / "pending"
    pending.mkdir(parents=True, exist_ok=True)
    (pending / run_id).write_text(f'"{run_id}"')
    damaged = sorted(path for place in places for path in place.rglob("*") if path.is_file())
    damaged = [path for path in damaged if path.name not in ("daemon.log", "lock")]
    assert any(path.name == "sessions.db" for path in damaged)
    for at, path in enumerate(damaged):
        damage = damages[at % len(damages)]
        if damage is be_a_folder and "blobs" in path.parts:
            continue  # nobody makes a folder of the name of a text's hash
        damage(path)
    (root / "a.txt").write_text("one\ntwo\nthree\n")
    await own_daemon.start()
    editor = await opened(root, own_environment)
    again = await edited(editor, simulator)
    with suppress(RemoteError):  # what it changed may be lost
        await editor.command("undo", runId=run_id)
    await editor.command("undo", runId=again)
    assert (root / "a.txt").read_text() == "one\ntwo\nthree\n"
    await editor.leave()
    assert await own_daemon.terminate() == 0
    await own_daemon.start()
    editor = await opened(root, own_environment)
    assert again in {run["runId"] for one in await sessions(editor) for run in one["runs"]}
    await editor.leave()


# -- descriptors and clients


@at_full_scale
async def test_without_descriptors_those_who_are_there_are_served(
    root: Path, own_environment: dict[str, str], simulator: Simulator, own_daemon: DaemonProcess
) -> None:
    await own_daemon.start()
    editor = await opened(root, own_environment)
    await edited(editor, simulator)
    assert own_daemon.process is not None
    pid = own_daemon.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(processes.descriptors(pid)) + 6, limits[1]))
    crowd: list[socket.socket] = []
    for _ in range(20):
        with suppress(OSError):
            crowd.append(dial(default_endpoint(own_environment), 1))
    simulator.say(Turn("Still here."))
    with suppress(RemoteError):  # a run may need what there is not; a sentence is an answer, too
        await editor.command("ask", prompt="x")
    for one in crowd:
        one.close()
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    simulator.script.__init__([])  # type: ignore[misc]
    await edited(editor, simulator, "one", "1")
    other = await opened(root, own_environment)
    await other.leave()
    await editor.leave()
    assert await own_daemon.terminate() == 0


async def test_clients_that_do_not_do_their_part(
    root: Path, environment: dict[str, str], simulator: Simulator, daemon: DaemonProcess
) -> None:
    """One asks and never reads, one sends a byte now and then, one a huge message, one leaves."""
    assert daemon.process is not None
    pid = daemon.process.pid
    path = default_endpoint(environment).path
    editor = await opened(root, environment)
    before = processes.memory(pid)

    async def unread() -> None:
        _, writer = await asyncio.open_unix_connection(path, limit=1 << 10)
        body = b'{"jsonrpc":"2.0","id":1,"method":"no/such/method%s"}' % (b"x" * 400)
        piece = (b"Content-Length: %d\r\n\r\n" % len(body) + body) * 1000
        with suppress(OSError, asyncio.TimeoutError):
            for _ in range(UNREAD // len(piece)):
                writer.write(piece)
                await asyncio.wait_for(writer.drain(), 1)
        writer.transport.abort()

    async def slow() -> None:
        _, writer = await asyncio.open_unix_connection(path)
        for byte in b"Content-Length: 100\r\n\r\n{":
            writer.write(bytes([byte]))
            await asyncio.sleep(0.01)
        writer.transport.abort()

    async def huge() -> None:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"Content-Length: %d\r\n\r\n" % HUGE)
        with suppress(OSError):
            for _ in range(HUGE >> 20):
                writer.write(b"x" * (1 << 20))
                await writer.drain()
            assert await asyncio.wait_for(reader.read(1000), 60), "it is refused, not forgotten"
        writer.transport.abort()

    async def half_open() -> None:
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(b'Content-Length: 5000\r\n\r\n{"jsonrpc"')
        writer.write_eof()
        await asyncio.sleep(0.05)
        writer.transport.abort()

    bad = asyncio.gather(unread(), slow(), huge(), half_open())
    most = before
    asked = 0
    while not bad.done():
        began = time.monotonic()
        await editor.client.request("arriero/status", timeout=30)
        asked += 1
        most = max(most, processes.memory(pid))
        await asyncio.sleep(max(0.0, 0.02 - (time.monotonic() - began)))
    await bad
    assert asked >= 3, "the other one is served meanwhile"
    assert most - before < 150 << 20, "what is not read is not kept"
    await edited(editor, simulator)
    await editor.leave()


# -- places


@at_full_scale
async def test_a_socket_or_folder_that_is_removed_comes_back(
    root: Path, own_environment: dict[str, str], simulator: Simulator, own_daemon: DaemonProcess
) -> None:
    await own_daemon.start()
    assert own_daemon.process is not None
    endpoint = default_endpoint(own_environment)
    editor = await opened(root, own_environment)
    shutil.rmtree(endpoint.folder)
    end = time.monotonic() + 30
    while not os.path.exists(endpoint.path):
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
    other = await through_the_forwarder(root, own_environment)
    await other.initialize()
    status = await other.client.request("arriero/daemonStatus")
    assert status["pid"] == own_daemon.process.pid, "it is the same daemon, not a second one"
    await edited(editor, simulator)
    await editor.leave()
    await other.leave()


@at_full_scale
async def test_who_is_replaced_ends_with_his_last_editor(
    root: Path, own_environment: dict[str, str], simulator: Simulator, own_daemon: DaemonProcess
) -> None:
    await own_daemon.start()
    old = own_daemon.process
    assert old is not None
    editor = await opened(root, own_environment)
    old.send_signal(signal.SIGSTOP)
    shutil.rmtree(default_endpoint(own_environment).folder)
    own_daemon.process = None
    await own_daemon.start()
    old.send_signal(signal.SIGCONT)
    await edited(editor, simulator)
    newer = await opened(root, own_environment)
    assert len(await sessions(newer)) == 1, "both have the same store"
    await editor.leave()
    assert await asyncio.to_thread(old.wait, 60) == 0
    await newer.command("status")
    await newer.leave()
