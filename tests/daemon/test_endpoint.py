"""Where the daemon listens: names, folders, and who may be trusted."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import arriero
from arriero.daemon import endpoint as module
from arriero.daemon.endpoint import (
    MAX_SOCKET_PATH,
    Endpoint,
    EndpointRefused,
    check_folder,
    default_endpoint,
    dial,
    make_folder,
    state_folder,
)
from arriero.settings.paths import state_dir


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "/home/a"},
        {"HOME": "/home/a", "XDG_STATE_HOME": "/state"},
        {"HOME": "/home/a", "XDG_STATE_HOME": "relative"},
        {"HOME": "/home/a", "XDG_STATE_HOME": ""},
        {"HOME": ""},
        {},
    ],
)
def test_the_state_folder_is_the_settings_one(environment: dict[str, str]) -> None:
    assert state_folder(environment) == str(state_dir(environment))


@pytest.mark.parametrize("what", ["version", "executable", "state"])
def test_installations_do_not_mix(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"XDG_RUNTIME_DIR": str(tmp_path), "XDG_STATE_HOME": "/state"}
    before = default_endpoint(environment)
    assert default_endpoint(environment).path == before.path
    assert os.path.basename(before.path).startswith(arriero.__version__ + "-")
    if what == "version":
        monkeypatch.setattr(arriero, "__version__", "99")
    elif what == "executable":
        monkeypatch.setattr(sys, "executable", "/other/python")
    else:
        environment["XDG_STATE_HOME"] = "/other"
    assert default_endpoint(environment).path != before.path


def test_the_folder_is_beneath_the_runtime_folder(runtime: Path) -> None:
    assert default_endpoint({"XDG_RUNTIME_DIR": str(runtime)}).folder == str(runtime / "arriero")


@pytest.mark.parametrize("runtime", ["", "relative", "/no/such/folder", "long", "somebody else's"])
def test_the_folder_in_tmp(runtime: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.geteuid()
    if runtime == "long":
        folder = tmp_path / ("x" * 100)
        folder.mkdir()
        runtime = str(folder)
    elif runtime == "somebody else's":
        runtime, user = str(tmp_path), user + 1
        monkeypatch.setattr(os, "geteuid", lambda: user)
    endpoint = default_endpoint({"XDG_RUNTIME_DIR": runtime})
    assert endpoint.folder == f"/tmp/arriero-{user}"
    assert len(os.fsencode(endpoint.path)) <= MAX_SOCKET_PATH


def test_the_folder_is_private(tmp_path: Path) -> None:
    endpoint = Endpoint(str(tmp_path / "deep" / "run"), "name")
    with pytest.raises(FileNotFoundError):
        check_folder(endpoint)
    make_folder(endpoint)
    assert stat.S_IMODE(os.stat(endpoint.folder).st_mode) == 0o700
    os.chmod(endpoint.folder, 0o755)
    make_folder(endpoint)
    assert stat.S_IMODE(os.stat(endpoint.folder).st_mode) == 0o700


@pytest.mark.parametrize("what", ["file", "link", "somebody else's"])
def test_a_folder_that_is_not_safe_is_refused(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    if what == "file":
        folder.write_text("")
    elif what == "link":
        (tmp_path / "real").mkdir()
        folder.symlink_to(tmp_path / "real")
    else:
        folder.mkdir()
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(EndpointRefused, match=r"remove it"):
        make_folder(Endpoint(str(folder), "name"))


@pytest.mark.parametrize("unix", [True, False])
def test_nobody_answers(unix: bool, tmp_path: Path) -> None:
    endpoint = Endpoint(str(tmp_path), "name", unix=unix)
    with pytest.raises(FileNotFoundError):
        dial(endpoint, 1)
    if unix:
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(endpoint.path)
    else:
        Path(endpoint.path).write_text("1 abc def")
    with pytest.raises(ConnectionRefusedError):
        dial(endpoint, 1)


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="needs SO_PEERCRED")
def test_a_socket_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = Endpoint(str(tmp_path), "name")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(endpoint.path)
        server.listen()
        dial(endpoint, 1).close()
        monkeypatch.setattr(module, "peer_is_us", lambda _: False)
        with pytest.raises(EndpointRefused, match="another user"):
            dial(endpoint, 1)


def test_what_answers_must_know_the_token(tmp_path: Path) -> None:
    endpoint = Endpoint(str(tmp_path), "name", unix=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        Path(endpoint.path).write_text(f"{server.getsockname()[1]} ours theirs")
        with pytest.raises(OSError, match="timed out"):
            dial(endpoint, 0.05)
        server.accept()[0].close()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"wrong!\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(ConnectionRefusedError, match="no daemon"):
            dial(endpoint, 5)
        thread.join()


def test_the_forwarder_is_cheap_to_import() -> None:
    parent = os.path.dirname(os.path.dirname(arriero.__file__))
    code = (
        f"import sys; sys.path.append({parent!r}); import arriero.daemon.forward;"
        "print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    dear = {"asyncio", "pathlib", "logging", "typing", "dataclasses", "subprocess", "threading"}
    assert dear.isdisjoint(run.stdout.split())
    assert "pygls" not in run.stdout
