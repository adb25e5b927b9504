"""List a folder without git: breadth first, so that what a limit cuts off is what lies deepest."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from arriero.workspace.ignore import IgnoreRules

# Not files of anybody: kernel interfaces, where the workspace is the whole disk.
_NOT_FILES = frozenset({"/proc", "/sys", "/dev", "/run"})


@dataclass
class Walked:
    """Regular files and folders found so far, absolute; `complete` is False after a limit.

    `repositories` are those of the folders that have a `.git`.
    """

    files: list[str]
    folders: list[str]
    repositories: list[str]
    complete: bool = True


def walk(
    folder: str,
    rules: IgnoreRules,
    *,
    limit: int,
    seconds: float,
    only_folders: bool = False,
    stop: threading.Event | None = None,
) -> Walked:
    """List regular files and folders beneath a folder that `rules` do not ignore.

    The folders begin with the folder itself, if it can be read.

    Symbolic links are left out: what they lead to is listed where it is, if it is here. Folders
    that cannot be read are left out. Files and folders together are at most `limit`. It ends
    after `seconds`, or when `stop` is set.
    """
    deadline = time.monotonic() + seconds
    found = Walked([], [], [])
    waiting = deque([folder])
    while waiting:
        here = waiting.popleft()
        if time.monotonic() > deadline or (stop is not None and stop.is_set()):
            found.complete = False
            break
        try:
            with os.scandir(here) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:  # no permission, or it vanished
            continue
        if len(found.files) + len(found.folders) >= limit:
            found.complete = False
            break
        found.folders.append(here)
        names = [entry.name for entry in listed]
        rules.saw(here, names)
        if ".git" in names:
            found.repositories.append(here)
        is_free = rules.is_free(here)
        for entry, is_directory in _wanted(listed):
            if (only_folders and not is_directory) or entry.name == ".git":
                continue
            if not is_free and rules.ignores_here(entry.path, is_directory=is_directory):
                continue
            if is_directory:
                waiting.append(entry.path)
            elif len(found.files) + len(found.folders) < limit:
                found.files.append(entry.path)
            else:
                found.complete = False
    return found


def _wanted(entries: Iterable[os.DirEntry[str]]) -> Iterator[tuple[os.DirEntry[str], bool]]:
    for entry in entries:
        try:
            is_directory = entry.is_dir(follow_symlinks=False)
            wanted = is_directory or entry.is_file(follow_symlinks=False)
        except OSError:
            continue
        if wanted and entry.path not in _NOT_FILES:
            yield entry, is_directory
