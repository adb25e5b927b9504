"""The settings files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from arriero.cli.checks.finding import Finding
from arriero.settings.errors import SettingsError
from arriero.settings.layers import LoadedSettings, load_settings, user_file, workspace_file


def settings(folder: str) -> tuple[list[Finding], LoadedSettings]:
    """Read the settings; where they are wrong the defaults are looked at further on."""
    workspace = Path(os.path.realpath(folder))
    try:
        loaded = load_settings(workspace=workspace, environment=os.environ)
    except SettingsError as error:
        found = [Finding("settings", "fail", str(p), "Correct that line.") for p in error.problems]
        return found, LoadedSettings.defaults()
    return list(_used(loaded, workspace)), loaded


def _used(loaded: LoadedSettings, folder: Path) -> Iterator[Finding]:
    files = [user_file(), *([workspace_file(folder)] if loaded.trusted else [])]
    there = [str(path) for path in files if path.exists()]
    text = ", ".join(there) or "defaults; `arriero config init` makes a file for your own"
    variables = sum(origin.layer == "environment" for origin in loaded.origins.values())
    if variables:
        text += f"; {variables} from the environment"
    yield Finding("settings", "ok", text)
    for notice in loaded.notices:
        yield Finding("settings", "warn", notice, "Change or remove it, or let it be.")
