"""Where Arriero keeps its files. Standard library only: the forwarder imports this.

Follows the XDG Base Directory Specification on every platform.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def _base(environment: Mapping[str, str], variable: str, fallback: str) -> Path:
    value = environment.get(variable, "")
    # The specification: a path that is not absolute is to be ignored.
    if value and Path(value).is_absolute():
        return Path(value)
    home = environment.get("HOME")
    return (Path(home) if home else Path.home()) / fallback


def config_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the user's settings file."""
    return _base(environment, "XDG_CONFIG_HOME", ".config") / "arriero"


def state_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of sessions, checkpoints and logs."""
    return _base(environment, "XDG_STATE_HOME", ".local/state") / "arriero"


def cache_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of what can be made again."""
    return _base(environment, "XDG_CACHE_HOME", ".cache") / "arriero"
