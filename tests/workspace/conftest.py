from __future__ import annotations

from pathlib import Path

import pytest

from arriero.workspace import beneath, disk
from arriero.workspace.renaming import by_link
from arriero.workspace.view import WorkspaceView
from workspace.user import User


@pytest.fixture(params=["openat2", "walk"])
def opener(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way of opening beneath a folder: the kernel's, and ours where it has none."""
    if request.param == "walk":
        monkeypatch.setattr(beneath, "has_openat2", lambda: False)
        monkeypatch.setattr(disk, "rename_new", by_link)
    elif not beneath.has_openat2():
        pytest.skip("the kernel has no openat2")


@pytest.fixture
def user(tmp_path: Path) -> User:
    root = tmp_path / "root"
    root.mkdir()
    return User(root)


@pytest.fixture
def view(user: User) -> WorkspaceView:
    return WorkspaceView([str(user.root)], user)
