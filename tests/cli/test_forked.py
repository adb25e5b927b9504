"""A process that is forked from the one that has imported all is as one that was started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import forked
from forked import fork, program

PATIENCE = 60  # seconds


def said_by_a_fork(arguments: list[str], environment: dict[str, str], cwd: Path) -> tuple[int, str]:
    reading, writing = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    process = fork(arguments, environment, cwd=cwd, streams=(nothing, writing, writing))
    os.close(writing)
    os.close(nothing)
    with open(reading, encoding="utf-8") as output:
        return process.wait(PATIENCE), output.read()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["--version"], 0), (["no-such-command"], 2), (["config", "path"], 0)],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_it_says_and_ends_as_one_that_was_started(
    arguments: list[str], status: int, home: Path, work: Path
) -> None:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(home / "elsewhere")}
    started = subprocess.run(
        [sys.executable, "-m", "arriero", *arguments],
        cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert started.returncode == status, started.stdout
    by_a_client = subprocess.run(
        [*program(), *arguments],
        cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (by_a_client.returncode, by_a_client.stdout) == (status, started.stdout)
    assert said_by_a_fork(arguments, environment, work) == (status, started.stdout)


@pytest.mark.parametrize(
    ("text", "status", "last"),
    [
        pytest.param("print('done')", 0, "done", id="to its end"),
        pytest.param("import sys; sys.exit(3)", 3, "", id="a status"),
        pytest.param("import sys; sys.exit('because')", 1, "because", id="a sentence"),
        pytest.param("1 / 0", 1, "ZeroDivisionError: division by zero", id="an exception"),
        pytest.param(
            "import atexit, threading, time\n"
            "atexit.register(print, 'at the end')\n"
            "threading.Thread(target=lambda: (time.sleep(0.1), print('first'))).start()",
            0, "first\nat the end", id="threads are waited for",
        ),
        pytest.param(
            "import socket\n"
            "nobody = [socket.socket()]\n"
            "nobody.append(nobody)\n"
            "del nobody",
            0, "ResourceWarning: unclosed", id="what nobody closed",
        ),
        pytest.param(
            "import os, sys\n"
            "sys.stdout.reconfigure(write_through=False)\n"
            "print('lost')\n"
            "os.dup2(os.open('/dev/full', os.O_WRONLY), 1)",
            120, "OSError: [Errno 28] No space left on device", id="what cannot be written",
        ),
    ],
)  # fmt: skip
def test_it_ends_as_python_does(text: str, status: int, last: str, home: Path) -> None:
    for words in ((sys.executable, "-W", "error"), program()):
        ended = subprocess.run(
            [*words, "-c", text],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert ended.returncode == status, ended.stdout
        told = ended.stdout.strip().splitlines()[-1 - last.count("\n") :]
        assert "\n".join(told).startswith(last), ended.stdout


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_signal_ends_it(number: signal.Signals, home: Path) -> None:
    """A command that reads what never comes."""
    reading, writing = os.pipe()
    process = fork(["acp"], dict(os.environ), streams=(reading, writing, 2))
    os.close(reading)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    process.send_signal(number)
    assert process.wait(PATIENCE) in (-number, 0)
    os.close(writing)
    process.kill()  # of one that has ended: nothing


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_signal_to_its_client_ends_it(number: signal.Signals, home: Path) -> None:
    """What it writes to is closed then, and it is not the client that had it open."""
    program_text = "import sys; print('here', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [*program(), "-c", program_text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=home
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        process.send_signal(number)
        assert process.stdout.read() == b""
        assert process.wait(PATIENCE) == -number


def test_a_daemon_that_it_starts_is_forked_as_well(home: Path, runtime: Path) -> None:
    asking = "from arriero.daemon import launch; print(launch.connect.__kwdefaults__['command'])"
    said = subprocess.run([*program(), "-c", asking], capture_output=True, timeout=60, check=True)
    assert said.stdout.decode().strip() == str((*program(), "daemon", "run"))


def test_who_shares_it_ends_and_so_does_what_that_ordered_alone(home: Path) -> None:
    """As a worker of pytest that is killed."""
    other_worker = (
        "import os, signal, sys, forked\n"
        "forked.share(sys.argv[1])\n"
        "streams = (0, 1, 2)\n"
        "print(forked.fork(['acp'], dict(os.environ), streams=streams).pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    reading, writing = os.pipe()
    ours = fork(["acp"], dict(os.environ), streams=(reading, writing, 2))
    folder = os.path.dirname(program()[-1])
    environment = {**os.environ, "PYTHONPATH": str(Path(forked.__file__).parent)}
    said = subprocess.run(  # to the end of its stdout, which what it ordered has as well
        [sys.executable, "-c", other_worker, folder],
        env=environment, stdin=reading, stdout=subprocess.PIPE, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert said.returncode == -signal.SIGKILL
    assert has_ended(int(said.stdout))
    assert ours.poll() is None
    ours.kill()
    assert ours.wait(PATIENCE) == -signal.SIGKILL
    os.close(reading)
    os.close(writing)


def test_where_the_tests_are_killed_who_forks_removes_the_folder(runtime: Path) -> None:
    folder = runtime / "fork"
    folder.mkdir()
    os.mkfifo(folder / forked.LIFE)
    life = os.open(folder / forked.LIFE, os.O_RDWR)
    without_imports = "import forker; forker._preload = int; forker.main()"
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("", 0)) as other:
        fds = (one.fileno(), other.fileno())
        subprocess.run(
            [sys.executable, "-c", without_imports, folder, *map(str, fds)],
            env={**os.environ, "PYTHONPATH": str(Path(forked.__file__).parent)},
            pass_fds=fds, timeout=PATIENCE, check=True,
        )  # fmt: skip
    assert folder.exists()
    os.close(life)
    end = time.monotonic() + PATIENCE
    while folder.exists():
        assert time.monotonic() < end
        time.sleep(0.01)


def has_ended(pid: int) -> bool:
    """Wait until there is no such process, which is a moment after its streams are closed."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False
