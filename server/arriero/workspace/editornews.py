"""What editors tell of files, but for what the system has told as well.

An editor sees what is changed on another machine, and what the system's notifications missed. Most
of what it tells is known, and told a little later than the system does.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from arriero.workspace.changed import Changed
from arriero.workspace.realpath import real_path
from arriero.workspace.uris import is_uri, uri_to_path

_MOST_TOLD = 10_000
_MOST_PENDING = 5_000
_PATIENCE = 1.0  # seconds for the system to tell the same

Kind = Literal["created", "changed", "deleted"]
_Stamp = tuple[int, int, int, int]


class EditorNews:
    """`add` may be called in any thread; the rest belongs to one."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` in seconds."""
        self._now = now
        self._lock = threading.Lock()
        self._pending: dict[str, tuple[float, Changed]] = {}
        self._overflown: set[str] = set()
        self._told: OrderedDict[str, _Stamp | None] = OrderedDict()

    def add(self, root: str, changes: Iterable[Changed]) -> None:
        """Take in what an editor tells of files beneath a root."""
        due = self._now() + _PATIENCE
        with self._lock:
            for change in changes:
                self._pending.setdefault(change.path, (due, change))
            if len(self._pending) > _MOST_PENDING:
                self._pending.clear()
                self._overflown.add(root)

    def told(self, changes: Iterable[Changed]) -> None:
        """Take note of what the system has told."""
        for change in changes:
            if change.kind != "rescan":
                self._told[change.path] = _stamp(change.path)
                self._told.move_to_end(change.path)
        while len(self._told) > _MOST_TOLD:
            self._told.popitem(last=False)

    def due(self, covers: Callable[[str], bool]) -> list[Changed]:
        """Return what is to be told now; `covers` is whether the system tells of a folder.

        Of a folder that it tells of, only what it should have told by now and has not; of another
        one everything. A folder that is new stands for all that may be in it: its root is to be
        looked at.
        """
        with self._lock:
            pending = dict(self._pending)
            lost = [Changed(root, "rescan") for root in self._overflown]
            self._overflown.clear()
        now = self._now()
        ready = {
            path: change
            for path, (due, change) in pending.items()
            if due <= now or not covers(os.path.dirname(path))
        }
        with self._lock:
            for path in ready:
                self._pending.pop(path, None)
        news = self._news(ready, covers)
        self.told(news)
        return lost + news

    def _news(self, ready: Mapping[str, Changed], covers: Callable[[str], bool]) -> list[Changed]:
        found = []
        for path, change in ready.items():
            stamp = _stamp(path)
            if covers(os.path.dirname(path)) and (
                covers(path) or (path in self._told and self._told[path] == stamp)
            ):
                continue
            if stamp is None:
                found.append(Changed(path, "deleted"))
            else:
                found.append(Changed(path, "changed" if change.kind == "deleted" else change.kind))
        return found


def told_by_editor(events: Iterable[tuple[str, Kind]]) -> list[Changed]:
    """Return what an editor tells, given as URIs, of paths as they are known here.

    A link is not followed, but those on the way to it are. What is no file's URI is left out.
    """
    folders: dict[str, str | None] = {}
    changes = []
    for uri, kind in events:
        path = uri_to_path(uri)
        if is_uri(path) or "\0" in path or not os.path.isabs(path):
            continue
        folder, name = os.path.split(path.rstrip("/"))
        if folder not in folders:
            folders[folder] = real_path(folder)
        real = folders[folder]
        if real is not None:
            changes.append(Changed(os.path.join(real, name), kind))
    return changes


def is_folder(path: str) -> bool:
    """Tell whether there is a folder, which no symbolic link is."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def _stamp(path: str) -> _Stamp | None:
    try:
        facts = os.lstat(path)
    except (OSError, ValueError):
        return None
    return facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino
