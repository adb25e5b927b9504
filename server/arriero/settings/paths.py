"""Where Arriero keeps its files. Standard library only: the forwarder imports this.

Follows the XDG Base Directory Specification on every platform.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

NOWHERE = "/nonexistent"  # what the list of users names for those that have no home


class NoHome(Exception):
    """No home folder is known where one is needed; the sentence says what to do."""


def home(environment: Mapping[str, str] = os.environ) -> str:
    """Return the user's home folder; `NOWHERE` for a user that nobody knows, as in containers."""
    found = environment.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - never raises
    return found if Path(found).is_absolute() else NOWHERE


def _base(environment: Mapping[str, str], variable: str, fallback: str) -> Path:
    value = environment.get(variable, "")
    # The specification: a path that is not absolute is to be ignored.
    if value and Path(value).is_absolute():
        return Path(value)
    if (folder := home(environment)) == NOWHERE:
        raise NoHome(
            f"No home folder is known: set HOME, or {variable}, to the full path of a folder that "
            "can be written."
        )
    return Path(folder) / fallback


def config_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the user's settings file."""
    return _base(environment, "XDG_CONFIG_HOME", ".config") / "arriero"


def state_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of sessions, checkpoints and logs."""
    return _base(environment, "XDG_STATE_HOME", ".local/state") / "arriero"


def cache_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of what can be made again."""
    return _base(environment, "XDG_CACHE_HOME", ".cache") / "arriero"
