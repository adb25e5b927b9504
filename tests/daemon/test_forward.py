"""The forwarder as an editor meets it: a process with stdio."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import arriero
from arriero.daemon.endpoint import EndpointRefused, default_endpoint, dial
from arriero.daemon.framing import FrameDecoder, frame

TIMEOUT = 20
PACKAGE_PARENT = os.path.dirname(os.path.dirname(arriero.__file__))
ECHO_DAEMON = [sys.executable, str(Path(__file__).with_name("echo_daemon.py"))]
RUN = """
import sys, json
sys.path.append({parent!r})
from arriero.daemon.forward import main
main("lsp", json.loads({command!r}))
"""


class Editor:
    """A forwarder process and its stdio."""

    def __init__(
        self, environment: dict[str, str], arguments: list[str], cwd: Path | None = None
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._decoder = FrameDecoder()

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def ask(self, method: str, params: Any = None) -> Any:
        self.write(frame({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
        return self.receive()["result"]

    def notify(self, method: str) -> None:
        self.write(frame({"jsonrpc": "2.0", "method": method}))

    def receive(self) -> Any:
        assert self.process.stdout is not None
        while (body := self._decoder.next()) is None:
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            assert data, "the forwarder has ended"
            self._decoder.feed(data)
        assert isinstance(body, (bytes, bytearray))
        return json.loads(body)

    def end(self) -> tuple[int, str]:
        """Close stdin; return the exit code and what was said on stderr.

        It must not take the five seconds after which the forwarder gives up on the daemon.
        """
        _, said = self.process.communicate(timeout=4)
        return self.process.returncode, said.decode()


Start = Callable[..., Editor]


@pytest.fixture
def environment(tmp_path: Path, runtime: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {
        **kept,
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "ODD": os.fsdecode(b"\xff"),
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Start forwarders; in the end they and the daemon are gone."""
    editors: list[Editor] = []

    def start(command: list[str] = ECHO_DAEMON, cwd: Path | None = None, **more: str) -> Editor:
        code = RUN.format(parent=PACKAGE_PARENT, command=json.dumps(command))
        editor = Editor({**environment, **more}, ["-I", "-S", "-c", code], cwd)
        editors.append(editor)
        return editor

    yield start
    kill_daemon(environment)
    for editor in editors:
        editor.end()


def kill_daemon(environment: dict[str, str]) -> None:
    try:
        connection = dial(default_endpoint(environment), 5)
    except (OSError, EndpointRefused):
        return
    with connection:
        connection.sendall(frame({"jsonrpc": "2.0", "method": "die"}))
        while connection.recv(1024):
            pass


def log_of(environment: dict[str, str]) -> str:
    return (Path(environment["XDG_STATE_HOME"]) / "arriero" / "daemon.log").read_text()


def test_five_cold_starts_make_one_daemon(start: Start, environment: dict[str, str]) -> None:
    editors = [start() for _ in range(5)]
    pids = {editor.ask("pid") for editor in editors}
    assert len(pids) == 1
    assert log_of(environment).splitlines() == [f"started {next(iter(pids))}"]
    log = Path(environment["XDG_STATE_HOME"]) / "arriero" / "daemon.log"
    assert log.stat().st_mode & 0o777 == 0o600
    (daemon,) = pids
    assert os.getsid(daemon) == daemon  # a session of its own
    assert os.readlink(f"/proc/{daemon}/cwd") == "/"
    assert [editor.end() for editor in editors] == [(0, "")] * 5


def test_the_first_message_tells_whose_connection_it_is(
    start: Start, environment: dict[str, str]
) -> None:
    editor = start(EDITOR_VARIABLE="here")
    attached = editor.ask("attached")
    assert attached["env"] == {**environment, "EDITOR_VARIABLE": "here", **_extra(attached["env"])}
    assert attached["pid"] == editor.process.pid
    assert attached["cwd"] == os.getcwd()
    assert attached["version"] == arriero.__version__
    assert attached["door"] == "lsp"


def _extra(env: dict[str, str]) -> dict[str, str]:
    """What Python itself may set."""
    return {name: value for name, value in env.items() if name == "LC_CTYPE"}


def test_bytes_pass_both_ways(start: Start) -> None:
    editor = start()
    text = "é\u2028" + "x" * 3_000_000
    assert editor.ask("echo", text) == text
    assert editor.end() == (0, "")


def test_an_editor_that_does_not_read_can_still_write(start: Start) -> None:
    """Both pipes fill up in one direction; the other must go on."""
    editor = start()
    text = "x" * 200_000
    with ThreadPoolExecutor(1) as thread:
        request = frame({"jsonrpc": "2.0", "id": 1, "method": "echo", "params": text})
        writing = thread.submit(editor.write, request * 20)
        for _ in range(20):
            assert editor.receive()["result"] == text
        writing.result(TIMEOUT)


def test_exit_is_a_clean_end(start: Start) -> None:
    editor = start()
    editor.ask("pid")
    editor.notify("exit")
    assert editor.process.wait(TIMEOUT) == 0


def test_the_daemon_dies(start: Start) -> None:
    editor, other = start(), start()
    assert editor.ask("pid") == other.ask("pid")
    os.kill(editor.ask("pid"), signal.SIGKILL)
    assert editor.process.wait(TIMEOUT) == 1
    assert editor.end() == (1, "arriero: The daemon has ended; restart the language server.\n")
    assert other.process.wait(TIMEOUT) == 1
    assert start().ask("echo", "again") == "again"


def test_the_editor_is_killed(start: Start) -> None:
    editor, other = start(), start()
    daemon = editor.ask("pid")
    editor.process.kill()
    editor.process.wait(TIMEOUT)
    assert other.ask("pid") == daemon


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param(
            [sys.executable, "-c", "import sys; sys.exit('The settings are odd.')"],
            "The daemon cannot start: The settings are odd. Its log is ",
            id="it says why",
        ),
        pytest.param(
            [sys.executable, "-c", "raise SystemExit(3)"],
            "The daemon cannot start: status 3. Its log is ",
            id="silent",
        ),
        pytest.param(["/no/such/program"], "The daemon cannot be started: ", id="no program"),
    ],
)
def test_the_daemon_cannot_start(start: Start, command: list[str], said: str) -> None:
    code, error = start(command).end()
    assert code == 1
    assert said in error
    assert error.count("\n") == 1
    assert "Traceback" not in error


def test_a_folder_that_is_not_safe(start: Start, tmp_path: Path, runtime: Path) -> None:
    (runtime / "arriero").symlink_to(tmp_path)
    code, error = start().end()
    assert code == 1
    assert "remove it and try again" in error


def test_where_the_log_cannot_be_written_it_works_all_the_same(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("in the way")
    assert start().ask("echo", 1) == 1


def test_exec_replaces_the_process(environment: dict[str, str]) -> None:
    with subprocess.Popen(ECHO_DAEMON, env=environment, stderr=subprocess.PIPE) as daemon:
        assert daemon.stderr is not None
        assert daemon.stderr.readline().startswith(b"started")
        code = "from arriero.daemon.forward import exec_forwarder; exec_forwarder('acp')"
        editor = Editor(environment, ["-c", code])
        assert editor.ask("attached")["pid"] == editor.process.pid
        assert editor.ask("attached")["door"] == "acp"
        assert editor.end() == (0, "")
        kill_daemon(environment)
        daemon.wait(TIMEOUT)


def test_a_module_in_the_editors_folder_is_not_imported(start: Start, tmp_path: Path) -> None:
    for name in ("socket", "json", "arriero"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('hijacked')")
    editor = start(cwd=tmp_path)
    assert editor.ask("echo", 1) == 1
    assert editor.ask("attached")["cwd"] == str(tmp_path)


def test_it_is_up_soon(start: Start) -> None:
    start().ask("pid")
    best = float("inf")
    for _ in range(5):
        began = time.monotonic()
        start().ask("pid")
        best = min(best, time.monotonic() - began)
    assert best < 0.5  # 0.04 on a quiet machine
