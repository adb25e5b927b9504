"""Where a command works and with which settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arriero.cli.failure import Failure
from arriero.settings.layers import LoadedSettings, load_settings


@dataclass(frozen=True)
class Surroundings:
    """An absolute canonical folder, the settings there, and those that the command line gave."""

    folder: str
    loaded: LoadedSettings
    given: Mapping[str, Any]


def find_surroundings(
    folder: str | None = None, given: Mapping[str, Any] | None = None
) -> Surroundings:
    """Read the settings; raises SettingsError, and Failure for a folder that is not there.

    The folder is the one given, else the setting `workspace`, else the current one.
    """
    given = {name: value for name, value in (given or {}).items() if value is not None}
    here = _canonical(folder or _configured(given) or os.curdir)
    loaded = load_settings(workspace=Path(here), environment=os.environ, command_line=given)
    return Surroundings(here, loaded, given)


def _configured(given: Mapping[str, Any]) -> str | None:
    settings = load_settings(environment=os.environ, command_line=given).settings
    return settings.workspace


def _canonical(folder: str) -> str:
    try:
        path = os.path.realpath(folder)
    except FileNotFoundError as error:
        raise Failure("The current folder is not there any more; change to another.") from error
    if not Path(path).is_dir():
        raise Failure(f"{folder} is not a folder; name one that is, with --working-dir.")
    return path
