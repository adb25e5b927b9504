"""Watching that commands do not fill the disk."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

_EVERY_SECONDS = 0.5
_LEAVE_FREE = 256 << 20
# A folder is measured this often, and less often where that takes long.
_MEASURED_SECONDS = 4.0
_MEASURED_SHARE = 20


class DiskWatch:
    """Watches a folder over many commands.

    Measuring a folder takes long, so what is watched is the free space of its file system: when
    that has shrunk by as much as the folder may hold, the folder is measured. As others may free
    space meanwhile, it is measured now and then in any case.
    """

    def __init__(self, folder: Path) -> None:
        """The folder may be empty or not."""
        self._folder = folder
        # Free space when the folder was measured last, and what it held then.
        self._free: int | None = None
        self._used = 0
        self._next = time.monotonic() + _MEASURED_SECONDS

    async def exceeded(self, limit: int) -> None:
        """Return when the folder holds more bytes than the limit, or has left too little space."""
        if self._free is None:
            self._free = await asyncio.to_thread(_free, self._folder)
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            free = await asyncio.to_thread(_free, self._folder)
            short = free < _LEAVE_FREE
            began = time.monotonic()
            shrunk = self._used + self._free - free > limit
            if not short and not shrunk and began < self._next:
                continue
            self._used = await asyncio.to_thread(folder_size, self._folder)
            self._free = free
            ended = time.monotonic()
            self._next = ended + max(_MEASURED_SECONDS, (ended - began) * _MEASURED_SHARE)
            if self._used > (min(limit, _LEAVE_FREE) if short else limit):
                return


def folder_size(folder: Path) -> int:
    """Return the bytes that the files beneath a folder take on disk."""
    total = 0
    todo = [os.fspath(folder)]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    total += status.st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
        except OSError:
            # It changes while it is measured, and parts may not be ours to read.
            continue
    return total


def _free(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
