"""Where Arriero keeps its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from arriero.settings import paths
from arriero.settings.layers import load_settings


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HOME": "/h"}, "/h/.local/state/arriero"),
        ({"HOME": "/h", "XDG_STATE_HOME": "/x"}, "/x/arriero"),
        ({"HOME": "/h", "XDG_STATE_HOME": ""}, "/h/.local/state/arriero"),
        ({"HOME": "/h", "XDG_STATE_HOME": "rel/x"}, "/h/.local/state/arriero"),
        ({"XDG_STATE_HOME": "/x"}, "/x/arriero"),
    ],
)
def test_the_state(environment: Mapping[str, str], expected: str) -> None:
    assert paths.state_dir(environment) == Path(expected)


@pytest.mark.parametrize("environment", [{}, {"HOME": ""}, {"HOME": "rel"}])
def test_a_user_without_a_home(
    environment: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that runs with any number for its user."""
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.raises(paths.NoHome, match="set HOME, or XDG_CACHE_HOME, to the full path"):
        paths.cache_dir(environment)
    config = tmp_path / "arriero" / "config.yaml"
    config.parent.mkdir()
    config.write_text("mode: ask\n")
    told = load_settings(environment={**environment, "XDG_CONFIG_HOME": str(tmp_path)})
    assert told.settings.mode == "ask"
