"""Finding the daemon, or starting one. Standard library only, cheap to import."""

from __future__ import annotations

import os
import sys
import time

from arriero.daemon.endpoint import Endpoint, EndpointRefused, dial, make_folder, state_folder
from arriero.daemon.locks import try_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import subprocess
    from collections.abc import Sequence

DAEMON_COMMAND = (sys.executable, "-m", "arriero", "daemon", "run")
DEADLINE = 20.0
"""Seconds that a daemon may take until it listens."""
_POLL = 0.01
_LOG_TAIL = 4096


class LaunchFailed(Exception):
    """The daemon cannot be reached or started; the message is one sentence for the person."""


def connect(
    endpoint: Endpoint,
    *,
    command: Sequence[str] = DAEMON_COMMAND,
    log: str | None = None,
    deadline: float = DEADLINE,
) -> socket.socket:
    """Return a connection to the daemon, started by `command` if none answers.

    However many processes call this at once, one daemon is started: they queue on a lock, and who
    gets it dials again first. The daemon's output goes to the file `log`. Raises LaunchFailed.
    """
    log = log or _log_file(endpoint)
    end = time.monotonic() + deadline
    try:
        connection = _try_dial(endpoint)
        if connection is not None:
            return connection
        make_folder(endpoint)
        lock = try_lock(endpoint.launch_lock)
        while lock is None:
            connection = _try_dial(endpoint)
            if connection is not None:
                return connection
            _wait(end, log)
            lock = try_lock(endpoint.launch_lock)
        try:
            return _try_dial(endpoint) or _start(endpoint, command, log, end)
        finally:
            os.close(lock)
    except EndpointRefused as error:
        raise LaunchFailed(str(error)) from error
    except OSError as error:
        raise LaunchFailed(f"The daemon cannot be started: {error}.") from error


def _log_file(endpoint: Endpoint) -> str:
    """Return where the daemon's output goes: beside its socket if the state cannot be written."""
    folder = state_folder()
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return os.path.join(folder, "daemon.log")
    except OSError:
        pass  # the daemon tells the editors of it
    return os.path.join(endpoint.folder, "daemon.log")


def _start(endpoint: Endpoint, command: Sequence[str], log: str, end: float) -> socket.socket:
    process = _spawn(command, log)
    try:
        while True:
            status = process.poll()
            connection = _try_dial(endpoint)
            if connection is not None:
                return connection
            if status is not None:
                raise LaunchFailed(_last_words(status, log))
            _wait(end, log)
    finally:
        # It outlives this process, which will never ask how it ended: no resource is leaked.
        process.returncode = process.returncode or 0


def _spawn(command: Sequence[str], log: str) -> subprocess.Popen[bytes]:
    import subprocess  # only a cold start pays for it

    os.makedirs(os.path.dirname(log), 0o700, exist_ok=True)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # The root folder, so that neither modules of the editor's folder are imported nor the
        # file system of that folder is kept busy. A session of its own, so that no signal meant
        # for the editor reaches the daemon.
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=os.path.abspath(os.sep),
            start_new_session=True,
        )
    finally:
        os.close(output)


def _try_dial(endpoint: Endpoint) -> socket.socket | None:
    """Return a connection, or None where nothing listens.

    A socket whose daemon is gone refuses at once; a daemon that is only busy accepts, as the
    kernel queues the connection (a full queue says so with BlockingIOError).
    """
    try:
        return dial(endpoint, timeout=DEADLINE)
    except (FileNotFoundError, ConnectionError, BlockingIOError, ValueError):
        return None


def _wait(end: float, log: str) -> None:
    if time.monotonic() > end:
        raise LaunchFailed(f"The daemon did not start in time; see {log}.")
    time.sleep(_POLL)


def _last_words(status: int, log: str) -> str:
    with open(log, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _LOG_TAIL))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    said = lines[-1].strip().removeprefix("arriero: ") if lines else f"status {status}."
    return f"The daemon cannot start: {said} Its log is {log}."
