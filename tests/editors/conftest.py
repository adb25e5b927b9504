"""A real daemon with a simulated model, as for the end-to-end tests, and a workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.conftest import DaemonProcess, daemon, environment, root, shared_daemon, simulator
from editors.playing import Job, job

__all__ = ["daemon", "environment", "root", "shared_daemon", "simulator", "work"]


@pytest.fixture
def work(root: Path, environment: dict[str, str], daemon: DaemonProcess) -> Job:
    """The workspace of the main job, for an editor whose daemon runs."""
    return job(root, environment)
