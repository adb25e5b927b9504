"""A clock that all processes of this machine share, and that nobody sets."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def seconds() -> float:
    """Return seconds since some moment of this boot; they never go back, and stop in suspend.

    In suspend nobody can renew what runs out by this clock. CPython reads CLOCK_MONOTONIC on Linux,
    mach_absolute_time on macOS and QueryPerformanceCounter on Windows, which are the machine's and
    not the process's.
    """
    return time.monotonic()


@cache
def boot() -> str:
    """Return the name of this boot, empty where the system has none (random(4), Linux only)."""
    try:
        return _BOOT.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
