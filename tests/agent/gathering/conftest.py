from __future__ import annotations

from pathlib import Path

import pytest

from agent.gathering.desk import CODE, Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    # A busy machine is no reason for less beside a prompt here.
    for wait in ("_LOCATE_SECONDS", "_AMBIENT_SECONDS"):
        monkeypatch.setattr(f"arriero.agent.gathering.collecting.{wait}", 20.0)
    desk = Desk(tmp_path)
    desk.user.save("src/dates.py", CODE)
    desk.user.save("pyproject.toml", '[project]\ndependencies = ["pytest"]\n')
    return desk
