"""The canonical path of a name that somebody else made."""

from __future__ import annotations

import os
import unicodedata

LONGEST = 4096  # bytes with the NUL behind them: PATH_MAX of Linux, which is less elsewhere


def real_path(path: str) -> str | None:
    """Return a path without symbolic links, None where no file can have that name.

    Of a path that is much longer `os.path.realpath` would take the square of its length. Where the
    disk takes `readme.md` for `README.md` too, the path is spelled as the disk spells it: an open
    document is known by one name only.
    """
    try:
        if "\0" in path or len(os.fsencode(path)) >= LONGEST:
            return None
        real = os.path.realpath(path)
    except (OSError, ValueError):  # a current folder that is gone; half of a surrogate pair
        return None
    there = real
    while not os.path.lexists(there) and there != os.path.dirname(there):
        there = os.path.dirname(there)
    if _is_known_otherwise(there):
        return _spelled(there) + real[len(there) :]
    return real


def _is_known_otherwise(path: str) -> bool:
    """Tell whether what is there is also found with small letters for capitals, and so on."""
    # In loops, here and below: there may be more folders than a function may call itself.
    folder, name = os.path.split(path)
    while name and name.swapcase() == name:
        path = folder
        folder, name = os.path.split(path)
    return bool(name) and _is_same(path, os.path.join(folder, name.swapcase()))


def _spelled(path: str) -> str:
    spelled, *names = path.split(os.sep)
    spelled += os.sep
    for name in filter(None, names):
        spelled = _spelled_in(spelled, name)
    return spelled


def _spelled_in(folder: str, name: str) -> str:
    here = os.path.join(folder, name)
    try:
        names = os.listdir(folder)
    except OSError:  # one that may be passed, not read
        return here
    if name in names:
        return here
    folded = _folded(name)
    alike = (os.path.join(folder, other) for other in names if _folded(other) == folded)
    return next((other for other in alike if _is_same(here, other)), here)


def _is_same(path: str, other: str) -> bool:
    try:
        return os.path.samestat(os.lstat(other), os.lstat(path))  # mostly there is no other
    except OSError:
        return False


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
