"""The private folder of one shadow: made, locked while in use, removed, swept when left behind."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from arriero.shadow.paths import contains
from arriero.shadow.removal import remove_tree
from arriero.shadow.types import ShadowError

log = logging.getLogger(__name__)

_LOCK = "lock"
_BEING_MADE = 60.0  # seconds


class SessionFolder:
    """A folder that is locked as long as this object (or its process) lives."""

    def __init__(self, parent: Path) -> None:
        """Make a new folder in `parent`, which is made too. Raises OSError."""
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The lock is held before the folder has a name that a sweep looks at.
        hidden = parent / f".{secrets.token_hex(8)}"
        hidden.mkdir(mode=0o700)
        self._lock = os.open(hidden / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = hidden.rename(parent / hidden.name[1:])

    def remove(self) -> None:
        """Remove the folder with all in it."""
        try:
            remove_tree(os.fspath(self.path))
        except OSError as error:
            log.warning("%s is left behind: %s", self.path, error)
        os.close(self._lock)


def parents(preferred: Path, roots: Sequence[str]) -> list[Path]:
    """Return the places for session folders, best first.

    None of them lies in a workspace folder: the kernel refuses a layer inside what it is laid over.
    """
    user = f"arriero-shadow-{os.getuid()}"
    places = [preferred, *(Path(place) / user for place in ("/var/tmp", "/tmp", "/dev/shm"))]  # noqa: S108
    return [
        place
        for place in places
        if not any(contains(root, os.path.realpath(place)) for root in roots)
    ]


def make_folder(parent: Path) -> SessionFolder:
    """Make a session folder in a parent that is ours alone. Raises ShadowError."""
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = parent.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise ShadowError(f"{parent} belongs to somebody else; remove it, then try again.")
        if status.st_mode & 0o077:
            parent.chmod(0o700)
        return SessionFolder(parent)
    except OSError as error:
        raise ShadowError(
            f"No folder for the shadow can be made in {parent} ({error.strerror}); "
            "make it writable or set XDG_CACHE_HOME to another place."
        ) from error


def sweep(preferred: Path) -> int:
    """Remove session folders whose owner is gone (a killed daemon); return how many."""
    removed = 0
    for parent in parents(preferred, ()):
        try:
            names = [path for path in parent.iterdir() if path.is_dir() and not path.is_symlink()]
            if parent.lstat().st_uid != os.geteuid():
                continue
        except OSError:
            # Nothing was ever put there.
            continue
        removed += sum(_sweep_folder(path) for path in names)
    return removed


def _sweep_folder(folder: Path) -> bool:
    try:
        if folder.name.startswith(".") and time.time() - folder.lstat().st_mtime < _BEING_MADE:
            return False
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(folder / _LOCK, flags, 0o600)
    except OSError as error:
        log.debug("%s stays: %s", folder, error)
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_tree(os.fspath(folder))
    except OSError as error:
        # Mostly: it is in use.
        log.debug("%s stays: %s", folder, error)
        return False
    finally:
        os.close(lock)
    return True
