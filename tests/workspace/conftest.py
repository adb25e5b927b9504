from __future__ import annotations

from pathlib import Path

import pytest

from arriero.workspace.view import WorkspaceView
from workspace.user import User


@pytest.fixture
def user(tmp_path: Path) -> User:
    root = tmp_path / "root"
    root.mkdir()
    return User(root)


@pytest.fixture
def view(user: User) -> WorkspaceView:
    return WorkspaceView([str(user.root)], user)
