"""What a process does with the processor, as far as the system tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """Ticks of the system's clock that a process had a processor for, and whether it wants one."""

    ticks: int
    is_running: bool

    def since(self, before: Usage | None) -> bool:
        """Tell whether it has worked since another look, or only waits for its turn."""
        return self.is_running or before is None or self.ticks > before.ticks


def usage_of(pid: int) -> Usage | None:
    """Return what a process has used until now; None where that is not to be known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:  # no Linux, or it has ended, which is noticed by its output
        return None
    state, *numbers = stat.rpartition(b")")[2].split()  # a name may have brackets and spaces
    return Usage(int(numbers[10]) + int(numbers[11]), state == b"R")
