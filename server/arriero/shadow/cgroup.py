"""A control group (version 2) for the commands of one shadow, where we may make one.

Root may below a group that hands its controllers down; others may where the system manager has
delegated a part of the tree to them, as systemd does for the services of a user.
https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import time
from pathlib import Path

from arriero.shadow.types import Limits

log = logging.getLogger(__name__)

_NEEDED = frozenset({"memory", "pids"})
# A session's command and its jobs share the group: twice what one command may have.
_SHARED = 2
_CPU_WEIGHT = 50  # of 100 that others have
_END_SECONDS = 2.0


class Group:
    """One group; `remove` ends what is in it."""

    def __init__(self, path: Path) -> None:
        """`path` is a group that was made for this."""
        self.path = path
        self._limits: Limits | None = None

    def limit(self, limits: Limits) -> None:
        """Set the limits if they are others than before. Raises OSError."""
        if limits == self._limits:
            return
        _set(self.path / "memory.max", limits.memory_bytes * _SHARED)
        _set(self.path / "pids.max", limits.processes * _SHARED)
        for name, value in (("memory.swap.max", 0), ("cpu.weight", _CPU_WEIGHT)):
            # Without swap or the controller of the processor there is nothing to set.
            with contextlib.suppress(OSError):
                _set(self.path / name, value)
        self._limits = limits

    def killed(self) -> int:
        """Return how many processes the kernel has ended because the memory was used up."""
        try:
            lines = (self.path / "memory.events").read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)

    def remove(self) -> None:
        """End what is left in it and remove it."""
        deadline = time.monotonic() + _END_SECONDS
        while True:
            try:
                if (self.path / "cgroup.kill").exists():
                    _set(self.path / "cgroup.kill", 1)
                self.path.rmdir()
            except FileNotFoundError:
                return
            except OSError as error:
                # The kernel takes a moment to let go of the last process.
                if time.monotonic() > deadline:
                    log.warning("%s is left behind: %s", self.path, error)
                    return
                time.sleep(0.01)
            else:
                return


def make_group(
    own: Path = Path("/proc/self/cgroup"), mounts: Path = Path("/proc/self/mountinfo")
) -> Group | None:
    """Return a new group, None where none can be made. Reads and writes files of the kernel."""
    top = _mounted(mounts)
    here = _own(own)
    if top is None or here is None:
        return None
    # The group that we are in has processes, so its parents are what can hand controllers down.
    place = top / here.lstrip("/")
    while True:
        if _hands_down(place):
            return _make(place)
        if place == top:
            return None
        place = place.parent


def _make(parent: Path) -> Group | None:
    path = parent / f"arriero-{secrets.token_hex(6)}"
    try:
        path.mkdir()
    except OSError as error:
        log.debug("no control group in %s: %s", parent, error)
        return None
    group = Group(path)
    try:
        group.limit(Limits())
    except OSError as error:
        log.debug("no limits in %s: %s", path, error)
        group.remove()
        return None
    return group


def _hands_down(place: Path) -> bool:
    try:
        controllers = (place / "cgroup.subtree_control").read_text().split()
    except OSError:
        return False
    # Moving a process needs the right to write here: where both groups meet.
    return set(controllers) >= _NEEDED and os.access(place / "cgroup.procs", os.W_OK)


def _mounted(mounts: Path) -> Path | None:
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        left, _, right = line.partition(" - ")
        if right.startswith("cgroup2 "):
            return Path(left.split()[4])
    return None


def _own(own: Path) -> str | None:
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return None
    return next((line[3:] for line in lines if line.startswith("0::")), None)


def _set(path: Path, value: int) -> None:
    path.write_text(f"{value}\n")
