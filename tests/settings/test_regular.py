"""Files that somebody else may have put where settings are read."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from arriero.settings.dotenv import read_dotenv
from arriero.settings.errors import SettingsError
from arriero.settings.layers import load_settings
from arriero.settings.regular import read_regular
from arriero.settings.yaml_file import read_yaml


def pipe(path: Path) -> None:
    os.mkfifo(path)


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10 << 30)


@pytest.mark.parametrize("put", [pipe, listening, endless])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, put: Callable[[Path], None]) -> None:
    path = tmp_path / "x"
    put(path)
    with pytest.raises(OSError, match=r"regular|No such device"):
        read_regular(path, 10)
    with pytest.raises(SettingsError):
        read_yaml(path)
    with pytest.raises(SettingsError):
        read_dotenv(path)


def test_no_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    huge(tmp_path / "x")
    assert read_regular(tmp_path / "x", 10) == bytes(10)
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path, 10)


@pytest.mark.parametrize("put", [pipe, endless, huge])
def test_settings_of_a_workspace_keep_nobody_waiting(
    tmp_path: Path, put: Callable[[Path], None]
) -> None:
    (tmp_path / ".arriero").mkdir()
    put(tmp_path / ".arriero/config.yaml")
    with pytest.raises(SettingsError):
        load_settings(workspace=tmp_path, trusted=True, environment={"HOME": str(tmp_path)})
