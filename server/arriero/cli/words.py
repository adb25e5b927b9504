"""Numbers and times in words."""

from __future__ import annotations

import time

_UNITS = ("B", "KB", "MB", "GB", "TB")


def byte_count(count: float) -> str:
    """Return `4.7 GB` for 4,700,000,000; decimal units, as model lists use them."""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:.0f} {_UNITS[unit]}" if unit < 2 else f"{count:.1f} {_UNITS[unit]}"


def duration(seconds: float) -> str:
    """Return `2 h 5 min` for 7,500 s."""
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def moment(unix_time: float) -> str:
    """Return the local date and minute of a Unix time in seconds."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(unix_time))
