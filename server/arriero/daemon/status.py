"""What `arriero daemon status` shows, beside what the hub itself knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arriero.daemon.runs import RunHandle


def run_status(run: RunHandle) -> Mapping[str, Any]:
    """Return what a status shows of one run."""
    return {
        "runId": run.run_id,
        "sessionId": run.session_id,
        "label": run.label,
        "state": run.state,
        "step": run.step,
    }


def memory() -> int:
    """Return the resident memory of this process in bytes; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
