"""Names of files are UTF-8 in every locale, as models, editors and git tell them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.mark.parametrize("flags", [[], ["-E"]], ids=["by the environment", "without it"])
def test_a_name_is_what_it_is(flags: list[str], tmp_path: Path) -> None:
    config = tmp_path / "größe"
    done = subprocess.run(
        [sys.executable, *flags, "-m", "arriero", "config", "path"],
        env={**os.environ, **ASCII, "XDG_CONFIG_HOME": str(config)},
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.decode("utf-8") == f"{config}/arriero/config.yaml\n"
