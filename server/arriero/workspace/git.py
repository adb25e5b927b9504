"""Ask git about files, in repositories that nobody vouches for.

A repository's own configuration can name programs that git runs. What is asked for here needs none
of them, and each setting that could start one is overruled on the command line.
"""

from __future__ import annotations

import logging
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)

_OVERRULED = (
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
)
_INHERITED = ("PATH", "HOME", "XDG_CONFIG_HOME")
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_CHUNK = 1 << 16


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
    command = ["git"]
    for setting in _OVERRULED:
        command += ["-c", setting]
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    with tempfile.TemporaryFile() as source:
        source.write(stdin)
        source.seek(0)
        try:
            process = subprocess.Popen(
                [*command, *arguments],
                cwd=folder,
                env=environment | _ENVIRONMENT,
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:  # no git on PATH, or the folder vanished
            log.info("git cannot be asked in %r: %s", folder, error)
            return None
        with process:
            records, complete = _read(process, time.monotonic() + seconds, limit)
            if not complete:
                process.kill()
            code = process.wait()
    return Records(records, code, complete)


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
