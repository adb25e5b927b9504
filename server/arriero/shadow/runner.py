"""What a shadow needs from whatever starts its commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from arriero.shadow.launcher.spec import Bounds, Spec
from arriero.shadow.types import Ended, Limits


@dataclass(frozen=True)
class Outcome:
    """What became of a command, apart from the files."""

    exit_code: int | None
    ended: Ended
    output: str
    output_cut: int
    seconds: float


class Runner(Protocol):
    """Starts one command at a time."""

    async def run(self, spec: Spec, stdin: bytes, limits: Limits) -> Outcome:
        """Run a command to its end; when cancelled, it is gone before this returns.

        Raises ShadowError when it cannot be started.
        """

    async def close(self) -> None:
        """Let go of what is kept between commands."""


def bounds_of(limits: Limits) -> Bounds:
    """Return the limits that the kernel is asked to keep."""
    return Bounds(limits.memory_bytes, limits.processes, limits.file_bytes)
