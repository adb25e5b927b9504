"""A real daemon with a simulated model, as for the end-to-end tests."""

from __future__ import annotations

from e2e.conftest import daemon, environment, root, shared_daemon, simulator

__all__ = ["daemon", "environment", "root", "shared_daemon", "simulator"]
