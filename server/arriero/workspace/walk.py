"""List a folder without git: breadth first, so that what a limit cuts off is what lies deepest."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from arriero.workspace.ignore import IgnoreRules

# Not files of anybody: kernel interfaces, where the workspace is the whole disk.
_NOT_FILES = frozenset({"/proc", "/sys", "/dev", "/run"})


@dataclass
class Walked:
    """Regular files and folders found so far, absolute; `complete` is False after a limit.

    `repositories` are those of the folders that have a `.git`, `closed` folders beside them that
    may not be listed.
    """

    files: list[str]
    folders: list[str]
    repositories: list[str]
    complete: bool = True
    closed: list[str] = field(default_factory=list)


def is_closed(folder: str) -> bool:
    """Tell whether a folder may not be looked into: listed, or entered."""
    try:
        os.stat(folder)
    except PermissionError:
        return True
    except OSError:
        return False
    return not os.access(folder, os.R_OK | os.X_OK)


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
                names, files, folders = _told_apart(entries)
        except PermissionError:
            found.closed.append(here)
            continue
        except OSError:  # it vanished
            continue
        if len(found.files) + len(found.folders) >= limit:
            found.complete = False
            break
        found.folders.append(here)
        rules.saw(here, names)
        if ".git" in names:
            found.repositories.append(here)
        files = [] if only_folders else files
        if not rules.is_free(here):
            files = [path for path in files if not rules.ignores_here(path, is_directory=False)]
            folders = [path for path in folders if not rules.ignores_here(path, is_directory=True)]
        room = limit - len(found.files) - len(found.folders)
        found.complete = found.complete and len(files) <= room
        found.files += sorted(files)[:room]
        waiting += sorted(folders)
    return found


def _told_apart(entries: Iterable[os.DirEntry[str]]) -> tuple[list[str], list[str], list[str]]:
    """Return all names in a folder, and the paths of its regular files and of its folders."""
    names: list[str] = []
    files: list[str] = []
    folders: list[str] = []
    for entry in entries:
        name = entry.name
        names.append(name)
        try:
            if entry.is_file(follow_symlinks=False):
                if name != ".git":
                    files.append(entry.path)
            elif entry.is_dir(follow_symlinks=False) and name != ".git":
                folders.append(entry.path)
        except OSError:  # it vanished
            continue
    return names, files, [path for path in folders if path not in _NOT_FILES]
