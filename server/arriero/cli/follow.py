"""The end of a growing file, and what comes after it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn

_BLOCK = 64 * 1024


def last_lines(path: Path, count: int) -> str:
    """Return the last `count` lines."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        data = b""
        while end > 0 and data.count(b"\n") <= count:
            start = max(0, end - _BLOCK)
            file.seek(start)
            data = file.read(end - start) + data
            end = start
    lines = data.decode("utf-8", "replace").splitlines(keepends=True)
    return "".join(lines[-count:]) if count > 0 else ""


def follow(path: Path, write: Callable[[str], object], pause: Callable[[], object]) -> NoReturn:
    """Pass on what is appended, until interrupted; goes on when the file is turned over.

    `pause` waits a moment for more.
    """
    file = path.open("rb")
    try:
        file.seek(0, os.SEEK_END)
        while True:
            if text := file.read():
                write(text.decode("utf-8", "replace"))
            elif _turned_over(path, file):
                file.close()
                file = path.open("rb")
            else:
                pause()
    finally:
        file.close()


def _turned_over(path: Path, file: BinaryIO) -> bool:
    try:
        return path.stat().st_ino != os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False  # just between two files
