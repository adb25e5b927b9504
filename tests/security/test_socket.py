"""Who else may reach the daemon: other users, what they put in its place, and what is left over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from arriero.daemon.endpoint import (
    Endpoint,
    EndpointRefused,
    default_endpoint,
    dial,
    make_folder,
)
from arriero.daemon.instance import listen
from security.identities import ORDINARY_UID

_OTHERS = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
# Whoever it is: reach the socket, put another one there, remove it, read the token.
_STRANGER = """
import os, socket, sys
def attempt(what):
    try: what(); print("done")
    except OSError as error: print(type(error).__name__)
path, kind = sys.argv[1:3]
folder = os.path.dirname(path)
def connect():
    with socket.socket(socket.AF_UNIX) as s: s.connect(path)
def squat():
    with socket.socket(socket.AF_UNIX) as s: s.bind(path + ".new"); os.rename(path + ".new", path)
attempt({
    "connect": connect, "squat": squat, "remove": lambda: os.unlink(path),
    "read": lambda: open(path).read(), "list": lambda: os.listdir(folder),
    "lock": lambda: open(path.rpartition(".")[0] + ".lock", "a"),
    "rename": lambda: os.rename(folder, folder + ".theirs"),
    "open": lambda: os.chmod(folder, 0o777),
}[kind])
"""
STRANGERS = ("connect", "squat", "remove", "read", "list", "lock", "open")


@asynccontextmanager
async def listening(endpoint: Endpoint) -> AsyncIterator[list[bytes]]:
    """A daemon's listener; the list has what came from whom it let in."""
    came: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(100))
        writer.close()

    listener = await listen(endpoint, serve)
    try:
        yield came
    finally:
        await listener.close()


def say(endpoint: Endpoint, text: bytes) -> None:
    """Say something as the user whose daemon it is, and wait until it was heard."""
    with dial(endpoint, 10) as ours:
        ours.sendall(text)
        ours.shutdown(socket.SHUT_WR)
        ours.settimeout(10)
        assert ours.recv(1) == b""


async def stranger(path: str, kind: str) -> str:
    """Do something as another user, and return what came of it."""
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
    process = await asyncio.create_subprocess_exec(
        python, "-I", "-S", "-c", _STRANGER, path, kind,
        stdout=subprocess.PIPE, cwd="/", user=ORDINARY_UID, group=ORDINARY_UID, extra_groups=[],
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    return output.decode().strip()


@_OTHERS
@pytest.mark.parametrize("unix", [True, False], ids=["socket", "port"])
@pytest.mark.parametrize("kind", STRANGERS)
async def test_another_user_gets_nowhere(runtime: Path, kind: str, unix: bool) -> None:
    runtime.chmod(0o755)  # as the folder above may be; ours is not
    endpoint = Endpoint(str(runtime / "arriero"), "d", unix=unix)
    async with listening(endpoint) as came:
        assert await stranger(endpoint.path, kind) == "PermissionError"
        assert came == []
        await asyncio.to_thread(say, endpoint, b"it is there")
        assert stat.S_IMODE(os.stat(endpoint.folder).st_mode) == 0o700


@_OTHERS
async def test_another_user_whom_the_modes_let_in_is_refused(runtime: Path) -> None:
    """The modes are one lock, what the system says of the other end is another."""
    runtime.chmod(0o755)
    endpoint = Endpoint(str(runtime / "arriero"), "d")
    async with listening(endpoint) as came:
        os.chmod(endpoint.folder, 0o755)
        os.chmod(endpoint.path, 0o666)
        assert await stranger(endpoint.path, "connect") == "done"
        await asyncio.to_thread(say, endpoint, b"ours")
    assert came == [b"ours"]


async def test_a_port_without_the_token_leads_nowhere(runtime: Path) -> None:
    endpoint = Endpoint(str(runtime / "arriero"), "d", unix=False)
    async with listening(endpoint) as came:
        port = int(Path(endpoint.path).read_text().split()[0])
        for said in (b"\n", b"x" * 64 + b"\n", b"x" * 200_000, b"GET / HTTP/1.1\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            writer.write_eof()
            with contextlib.suppress(ConnectionResetError):  # with a part of it unread
                assert await asyncio.wait_for(reader.read(), 10) == b""
            writer.close()
        assert came == []
        assert stat.S_IMODE(os.stat(endpoint.path).st_mode) == 0o600


def a_link(folder: Path) -> None:
    """Somebody's folder by a link."""
    (folder.parent / "theirs").mkdir()
    folder.symlink_to(folder.parent / "theirs")


def a_dangling_link(folder: Path) -> None:
    """A link to where a folder would be made."""
    folder.symlink_to(folder.parent / "planted")


def a_file(folder: Path) -> None:
    """No folder."""
    folder.write_text("")


def a_folder_of_another(folder: Path) -> None:
    """Somebody else was there first."""
    folder.mkdir(mode=0o777)
    os.chown(folder, ORDINARY_UID, ORDINARY_UID)


@pytest.mark.parametrize(
    "squat",
    [a_link, a_dangling_link, a_file, pytest.param(a_folder_of_another, marks=_OTHERS)],
    ids=lambda made: made.__name__,
)
async def test_a_place_that_somebody_took_is_not_used(
    runtime: Path, squat: Callable[[Path], None]
) -> None:
    endpoint = Endpoint(str(runtime / "arriero"), "d")
    squat(Path(endpoint.folder))
    with pytest.raises(EndpointRefused):
        make_folder(endpoint)
    with pytest.raises(EndpointRefused):
        async with listening(endpoint):
            pass
    with pytest.raises((EndpointRefused, OSError)):
        dial(endpoint, 1)
    assert not (runtime / "planted").exists()
    assert not list((runtime / "theirs").glob("*")) if squat is a_link else True


@_OTHERS
@pytest.mark.parametrize("unix", [True, False], ids=["socket", "port"])
def test_what_another_user_serves_is_not_spoken_to(runtime: Path, unix: bool) -> None:
    endpoint = Endpoint(str(runtime / "arriero"), "d", unix=unix)
    make_folder(endpoint)
    with socket.socket(socket.AF_UNIX) as theirs:
        if unix:
            theirs.bind(endpoint.path)
            theirs.listen()
        else:
            Path(endpoint.path).write_text("1 ours theirs")
        os.chown(endpoint.path, ORDINARY_UID, ORDINARY_UID)
        with pytest.raises(EndpointRefused):
            dial(endpoint, 1)


async def test_a_socket_that_was_left_is_replaced(runtime: Path) -> None:
    endpoint = Endpoint(str(runtime / "arriero"), "d")
    make_folder(endpoint)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(endpoint.path)
    async with listening(endpoint):
        await asyncio.to_thread(say, endpoint, b"x")


async def test_a_link_in_the_place_of_the_socket_is_replaced(runtime: Path) -> None:
    endpoint = Endpoint(str(runtime / "arriero"), "d", unix=False)
    make_folder(endpoint)
    (runtime / "kept").write_text("kept")
    Path(endpoint.path).symlink_to(runtime / "kept")
    async with listening(endpoint):
        pass
    assert (runtime / "kept").read_text() == "kept"


def test_a_runtime_folder_of_another_user_is_not_taken(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, ORDINARY_UID, ORDINARY_UID)
        assert default_endpoint({"XDG_RUNTIME_DIR": str(tmp_path)}).folder.startswith("/tmp/")
    link = tmp_path / "relative"
    assert default_endpoint({"XDG_RUNTIME_DIR": link.name}).folder.startswith("/tmp/")
