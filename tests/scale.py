"""How much the tests try.

`ARRIERO_TEST_SCALE` names it: nothing for what takes a few minutes, `full` for what takes another
quarter of an hour, and `long` for what single files say of themselves.
"""

from __future__ import annotations

import os
from typing import TypeVar

_SCALES = ("", "full", "long")
_SCALE = os.environ.get("ARRIERO_TEST_SCALE", "")
if _SCALE not in _SCALES:
    raise ValueError(f"ARRIERO_TEST_SCALE is {_SCALE}: leave it out, or set it to full or long")

T = TypeVar("T")


def is_full() -> bool:
    """Tell whether all is tried."""
    return _SCALE != ""


def by_scale(plain: T, *, full: T, long: T | None = None) -> T:
    """Return what is named for the scale."""
    if _SCALE == "long" and long is not None:
        return long
    return full if is_full() else plain
