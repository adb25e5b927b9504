"""Let ripgrep, where it is installed, rule out files that do not have a text."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

_BATCH_BYTES = min(max(128 << 10, os.sysconf("SC_ARG_MAX") // 4), 1 << 20)  # of arguments
_SEVERAL = 4  # files of a folder


def find_ripgrep() -> str | None:
    """Return the program, None where there is none."""
    return shutil.which("rg")


class Ripgrep:
    """Asks which files may have `needle`, which is ASCII.

    With `regular` it is a regular expression of ripgrep's own kind. Only hints come from ripgrep,
    never text: what it names is then read with the usual care, if it is not too large. Deadlines
    are of `time.monotonic`.
    """

    def __init__(self, program: str, needle: str, *, ignore_case: bool, regular: bool) -> None:
        self._command = [
            *(program, "--no-config", "--no-messages", "--files-with-matches", "--null"),
            *(() if regular else ("--fixed-strings",)),
            "--ignore-case" if ignore_case else "--case-sensitive",
            *(
                "-e",
                needle,
            ),  # an argument of its own, as what follows `--regexp=` loses its first `=`
        ]

    def of_files(self, paths: Sequence[str], deadline: float) -> set[str]:
        """Return those of some absolute paths whose files may have it.

        Where ripgrep fails or has no more time, nothing is ruled out.
        """
        found: set[str] = set()
        for batch in _batches(paths):
            told = self._told((), batch, deadline)
            found.update(batch if told is None else told)
        return found

    def of_folders(self, paths: Sequence[str], deadline: float) -> set[str] | None:
        """Return what `of_files` does, and others beside them; None where that fails.

        A folder that has several of the files is searched whole, which takes two thirds of the time
        if nearly all of its files are asked for. To leave large ones out takes a fifth more, as
        each is then asked for its size.
        """
        in_folders = [path.rpartition("/")[0] for path in paths]
        whole = {one for one, files in Counter(in_folders).items() if files >= _SEVERAL}
        others = [path for path, one in zip(paths, in_folders, strict=True) if one not in whole]
        found: set[str] = set()
        for batch in _batches([*(f"{one}/" for one in whole), *others]):
            told = self._told(("--max-depth=1", "--hidden", "--no-ignore"), batch, deadline)
            if told is None:
                return None
            found.update(told)
        return found

    def _told(
        self, options: Iterable[str], paths: Sequence[str], deadline: float
    ) -> list[str] | None:
        try:
            answer = subprocess.run(
                [*self._command, *options, "--", *paths],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                timeout=max(deadline - time.monotonic(), 0.001),
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if answer.returncode not in (0, 1):
            return None
        return os.fsdecode(answer.stdout).split("\0")[:-1]


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
