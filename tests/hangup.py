"""SIGHUP as a parameter of tests: under `nohup` everything that they start ignores it, too."""

from __future__ import annotations

import signal

import pytest

HANGUP = pytest.param(
    signal.SIGHUP,
    marks=pytest.mark.skipif(
        signal.getsignal(signal.SIGHUP) == signal.SIG_IGN, reason="SIGHUP is ignored here"
    ),
)
