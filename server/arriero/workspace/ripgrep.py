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
_WHOLE = ("--max-depth=1", "--hidden", "--no-ignore")  # folder, but none beneath
_FAILED = 2  # how it ends


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
        # The needle is an argument of its own: what follows `--regexp=` loses its first `=`.
        self._command = [
            *(program, "--no-config", "--no-messages", "--files-with-matches", "--null"),
            *(() if regular else ("--fixed-strings",)),
            *("--ignore-case" if ignore_case else "--case-sensitive", "-e", needle),
        ]
        self._is_needle: bool | None = None  # to ripgrep, once it was asked

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
        each is then asked for its size. Files of a folder that may not be listed can be opened.
        """
        in_folders = [path.rpartition("/")[0] for path in paths]
        whole = {
            one
            for one, files in Counter(in_folders).items()
            if files >= _SEVERAL and os.access(one, os.R_OK | os.X_OK)
        }
        others = [path for path, one in zip(paths, in_folders, strict=True) if one not in whole]
        found: set[str] = set()
        for batch in _batches([*(f"{one}/" for one in whole), *others]):
            told = self._told(_WHOLE, batch, deadline)
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
        # It ends alike where a file cannot be opened, which we cannot either, and where it
        # understands nothing.
        if answer.returncode == _FAILED and not self._is_understood(deadline):
            return None
        if answer.returncode not in (0, 1, _FAILED):
            return None
        return os.fsdecode(answer.stdout).split("\0")[:-1]

    def _is_understood(self, deadline: float) -> bool:
        if self._is_needle is None:
            self._is_needle = False  # should this end with 2 as well
            self._is_needle = self._told(_WHOLE, (os.devnull,), deadline) is not None
        return self._is_needle


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
