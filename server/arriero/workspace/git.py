"""Ask git about files, in repositories that nobody vouches for.

A repository's own configuration can name programs that git runs. What is asked for here needs none
of them, and each setting that could start one is overruled on the command line.
"""

from __future__ import annotations

import logging
import os
import select
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from arriero.workspace.confine import is_beneath

log = logging.getLogger(__name__)

_OVERRULED = (
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
)
_INHERITED = ("HOME", "XDG_CONFIG_HOME")
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    # A repository can allow a protocol by its name, which counts before `protocol.allow`.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_CHUNK = 1 << 16
_LOOK_MILLISECONDS = 50.0  # between two looks how much there is
_BYTES_OF_A_NAME = 256  # and its NUL, on average and at most


@dataclass(frozen=True)
class Records:
    """NUL-separated records of git's output; `complete` is False where a limit cut them off."""

    records: list[bytes]
    exit_code: int
    complete: bool


def ask_git(
    folder: str,
    arguments: Sequence[str],
    *,
    stdin: bytes = b"",
    seconds: float = 10.0,
    limit: int = 1_000_000,
) -> Records | None:
    """Run git in a folder and return its records; None when git cannot be run there at all.

    At most `limit` records are read, for at most `seconds`; then git is killed.
    """
    with _nameless() as source:
        source.write(stdin)
        source.seek(0)
        process = _started(folder, arguments, source, subprocess.PIPE)
        if process is None:
            return None
        with process:
            records, complete = _read(process, time.monotonic() + seconds, limit)
            if not complete:
                process.kill()
            code = process.wait()
    return Records(records, code, complete)


class Asked:
    """Git at work beside this process: its answer goes to a file, and nobody has to read meanwhile.

    A thread that reads in the meantime costs the one that works more than git itself: each call of
    the system that gives up Python's lock then wakes it.
    """

    def __init__(self, folder: str, arguments: Sequence[str]) -> None:
        """Start git in a folder."""
        self._answer = _nameless()
        self._end, end = os.pipe()  # which nobody writes to: it is at its end when git is
        try:
            self._process = _started(
                folder, arguments, subprocess.DEVNULL, self._answer, pass_fds=(end,)
            )
        finally:
            os.close(end)

    def __enter__(self) -> Asked:
        """Nothing is to be done."""
        return self

    def __exit__(self, *_: object) -> None:
        """End git, whatever it is at."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        os.close(self._end)
        self._answer.close()

    def records(self, *, seconds: float, limit: int) -> Records | None:
        """Wait for the answer, for at most `seconds`; return it as `ask_git` does."""
        process = self._process
        if process is None:
            return None
        deadline = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self._end, select.POLLIN)
        file = self._answer.fileno()
        while (left := deadline - time.monotonic()) > 0 and not poll.poll(
            min(left * 1000, _LOOK_MILLISECONDS)
        ):
            if os.fstat(file).st_size > limit * _BYTES_OF_A_NAME:
                break
        ended = bool(poll.poll(0))
        if not ended:
            process.kill()
        code = process.wait()
        self._answer.seek(0)
        records = self._answer.read(limit * _BYTES_OF_A_NAME).split(b"\0")
        records.pop()  # what follows the last NUL: nothing, or half a record
        return Records(records[:limit], code, ended and len(records) < limit)


def _nameless() -> IO[bytes]:
    """Return a new file that has no name, in memory where the system has such."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("git"), "w+b")
    import tempfile  # 4 ms, for which the first names of a workspace would wait

    return tempfile.TemporaryFile()


def _started(
    folder: str,
    arguments: Sequence[str],
    source: IO[bytes] | int,
    sink: IO[bytes] | int,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes] | None:
    """Start git, None where it cannot be run there at all."""
    command = ["git"]
    for setting in _OVERRULED:
        command += ["-c", setting]
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment["PATH"] = trusted_path(folder)
    try:
        return subprocess.Popen(
            [*command, *arguments],
            cwd=folder,
            env=environment | _ENVIRONMENT,
            stdin=source,
            stdout=sink,
            stderr=subprocess.DEVNULL,
            pass_fds=pass_fds,
        )
    except OSError as error:  # no git on PATH, or the folder vanished
        log.info("git cannot be asked in %r: %s", folder, error)
        return None


def trusted_path(folder: str, path: str | None = None) -> str:
    """Return where programs may be looked for that run in a folder nobody vouches for.

    Of `path`, by default the process's own, are left out the folder itself with all beneath it, and
    what is relative: it would be taken from the folder in which the program runs.
    """
    given = os.environ.get("PATH", os.defpath) if path is None else path
    return os.pathsep.join(
        place
        for place in given.split(os.pathsep)
        if os.path.isabs(place)
        and not any(is_beneath(known, folder) for known in (place, os.path.realpath(place)))
    )


def _read(
    process: subprocess.Popen[bytes], deadline: float, limit: int
) -> tuple[list[bytes], bool]:
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    pieces: list[bytes] = []
    count = 0
    complete = False
    while count < limit and (left := deadline - time.monotonic()) > 0:
        if not poll.poll(left * 1000):
            break
        piece = os.read(descriptor, _CHUNK)
        if not piece:
            complete = True
            break
        pieces.append(piece)
        count += piece.count(b"\0")
    records = b"".join(pieces).split(b"\0")
    records.pop()  # what follows the last NUL: nothing, or half a record
    return records[:limit], complete
