"""Linux's inotify(7), called directly: for workspaces with a name that is not UTF-8.

Names are bytes here. Numbers and the structure of events are those of inotify(7).
"""

from __future__ import annotations

import ctypes
import errno
import functools
import logging
import os
import select
import struct
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from arriero.workspace.confine import is_beneath
from arriero.workspace.notify import Events, EventsLost, Kind, WatchLimitReached
from arriero.workspace.watchplan import WatchPlan

log = logging.getLogger(__name__)

_MODIFY, _ATTRIB, _MOVED_FROM, _MOVED_TO = 0x2, 0x4, 0x40, 0x80
_CREATE, _DELETE = 0x100, 0x200
_UNMOUNT, _OVERFLOW, _IGNORED = 0x2000, 0x4000, 0x8000
_ONLY_FOLDERS, _NO_LINKS, _NOT_UNLINKED = 0x0100_0000, 0x0200_0000, 0x0400_0000
_WATCHED = (
    _MODIFY | _ATTRIB | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE
    | _ONLY_FOLDERS | _NO_LINKS | _NOT_UNLINKED
)  # fmt: skip
_KINDS: tuple[tuple[int, Kind], ...] = (
    (_CREATE | _MOVED_TO, "created"),
    (_DELETE | _MOVED_FROM, "deleted"),
    (_MODIFY | _ATTRIB, "changed"),
)
_HEAD = struct.Struct("iIII")  # watch, mask, cookie, length of the name with its NULs
_CHUNK = 1 << 18
# Gone since it was planned, or not to be read: its parent tells more, if there is more to tell.
_SKIPPED = frozenset({errno.ENOENT, errno.EACCES, errno.ENOTDIR, errno.EPERM, errno.ELOOP})
_STEP = 0.05  # seconds between looks whether to stop
_PAUSE = 0.02  # seconds without a further event that end a burst
_LONGEST_BURST = 0.4  # seconds


class InotifyNotifier:
    """Watches the folders of a plan. All methods belong to one thread."""

    def __init__(self, plan: WatchPlan, stop: threading.Event) -> None:
        """Raises OSError, `WatchLimitReached` among them."""
        self._stop = stop
        self._descriptor = _begin()
        self._paths: dict[int, str] = {}
        self._watches: dict[str, int] = {}
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)
        try:
            self._add(plan.folders)
        except OSError:
            self.close()
            raise

    def wait(self, seconds: float) -> Events:
        """As `Notifier.wait`."""
        events: Events = set()
        deadline = time.monotonic() + seconds
        while not self._stop.is_set() and (left := deadline - time.monotonic()) > 0:
            if self._poll.poll(max(min(left, _STEP) * 1000, 1)):
                self._take_burst(events)
                break
        return events

    def follow(self, plan: WatchPlan, lost: Sequence[str]) -> None:
        """As `Notifier.follow`."""
        wanted = set(plan.folders)
        for path in list(self._watches):
            if path not in wanted or any(is_beneath(path, gone) for gone in lost):
                self._remove(path)
        self._add(plan.folders)

    def close(self) -> None:
        """As `Notifier.close`; may be called again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _take_burst(self, events: Events) -> None:
        end = time.monotonic() + _LONGEST_BURST
        while True:
            self._take(events)
            left = min(_PAUSE, end - time.monotonic())
            if self._stop.is_set() or left <= 0 or not self._poll.poll(left * 1000):
                return

    def _take(self, events: Events) -> None:
        data = os.read(self._descriptor, _CHUNK)
        at = 0
        while at < len(data):
            watch, mask, _, length = _HEAD.unpack_from(data, at)
            name = data[at + _HEAD.size : at + _HEAD.size + length].rstrip(b"\0")
            at += _HEAD.size + length
            if mask & _OVERFLOW:
                raise EventsLost("more happened at once than the system keeps")
            if mask & _UNMOUNT:
                raise EventsLost("a file system went away")
            folder = self._paths.get(watch)
            if folder is None:  # of a folder that is no more watched
                continue
            if mask & _IGNORED:
                del self._paths[watch]
                if self._watches.get(folder) == watch:
                    del self._watches[folder]
            elif name:
                path = os.path.join(folder, os.fsdecode(name))
                events.update((kind, path) for bits, kind in _KINDS if mask & bits)

    def _add(self, folders: Iterable[str]) -> None:
        for path in folders:
            if path in self._watches:
                continue
            watch = _library().inotify_add_watch(self._descriptor, os.fsencode(path), _WATCHED)
            if watch >= 0:
                # One folder under two names, in passing, is told under the newer one.
                self._watches.pop(self._paths.get(watch, ""), None)
                self._watches[path], self._paths[watch] = watch, path
                continue
            code = ctypes.get_errno()
            if code == errno.ENOSPC:
                raise WatchLimitReached("max_user_watches", 524_288)
            if code not in _SKIPPED:
                raise OSError(code, os.strerror(code), path)
            log.debug("%r cannot be watched: %s", path, os.strerror(code))

    def _remove(self, path: str) -> None:
        watch = self._watches.pop(path)
        del self._paths[watch]
        # It fails where the folder is gone, and its watch with it.
        _library().inotify_rm_watch(self._descriptor, watch)


def _begin() -> int:
    descriptor: int = _library().inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor >= 0:
        return descriptor
    code = ctypes.get_errno()
    if code == errno.EMFILE and _may_open_files():
        raise WatchLimitReached("max_user_instances", 1_024)
    raise OSError(code, os.strerror(code))


def _may_open_files() -> bool:
    """Tell whether this process has not reached its own limit of open files."""
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


@functools.lru_cache(maxsize=1)
def _library() -> Any:
    library = ctypes.CDLL(None, use_errno=True)
    library.inotify_init1.argtypes = (ctypes.c_int,)
    library.inotify_add_watch.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32)
    library.inotify_rm_watch.argtypes = (ctypes.c_int, ctypes.c_int)
    return library
