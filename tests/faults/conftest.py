"""Faults of the daemon use the daemons and editors of the end-to-end tests."""

from __future__ import annotations

from e2e.conftest import (  # noqa: F401 - fixtures
    daemon,
    environment,
    own_daemon,
    own_environment,
    root,
    shared_daemon,
    simulator,
)
