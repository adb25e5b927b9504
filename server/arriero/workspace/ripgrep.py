"""Let ripgrep, where it is installed, rule out files that do not have a text."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence

_BATCH_BYTES = min(max(128 << 10, os.sysconf("SC_ARG_MAX") // 4), 1 << 20)  # of arguments


def find_ripgrep() -> str | None:
    """Return the program, None where there is none."""
    return shutil.which("rg")


def may_have(
    program: str,
    paths: Sequence[str],
    needle: str,
    *,
    ignore_case: bool,
    most_bytes: int,
    deadline: float,
    regular: bool = False,
) -> set[str]:
    """Return those of some absolute paths whose files may have `needle`, which is ASCII.

    With `regular` it is a regular expression of ripgrep's own kind.

    Only hints come from ripgrep, never text: what it names is then read with the usual care. Where
    it fails or has no more time, nothing is ruled out.
    """
    options = ["--no-config", "--no-messages", "--files-with-matches", "--null"]
    options += ["--max-filesize", str(most_bytes)]
    options += [] if regular else ["--fixed-strings"]
    options += ["--ignore-case"] if ignore_case else ["--case-sensitive"]
    found: set[str] = set()
    for batch in _batches(paths):
        left = deadline - time.monotonic()
        try:
            answer = subprocess.run(
                [program, *options, f"--regexp={needle}", "--", *batch],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                timeout=max(left, 0.001),
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            found.update(batch)
            continue
        if answer.returncode in (0, 1):
            found.update(os.fsdecode(name) for name in answer.stdout.split(b"\0") if name)
        else:
            found.update(batch)
    return found


def _batches(paths: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for path in paths:
        length = len(path) if path.isascii() else len(os.fsencode(path))
        length += 9  # a NUL and a pointer
        if batch and size + length > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += length
    if batch:
        yield batch
