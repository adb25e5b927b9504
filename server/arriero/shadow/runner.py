"""What a shadow needs from whatever starts its commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from arriero.shadow.launcher.spec import Bounds, Spec
from arriero.shadow.output import Output
from arriero.shadow.types import Ended, Limits


@dataclass(frozen=True)
class Outcome:
    """What became of a command, apart from the files."""

    exit_code: int | None
    ended: Ended
    output: str
    output_cut: int
    seconds: float


class Followed(Protocol):
    """A command that runs."""

    @property
    def output(self) -> Output:
        """What it prints."""

    @property
    def outcome(self) -> Outcome:
        """What became of it, once it has ended. Raises ShadowError if it never ran."""

    async def wait(self, seconds: float | None) -> None:
        """Return when it is over, or its time or another limit."""

    async def end(self) -> None:
        """End every process of it and return when none is left, also if the caller is cancelled."""


class Runner(Protocol):
    """Starts commands."""

    async def run(self, spec: Spec, stdin: bytes, limits: Limits) -> Outcome:
        """Run a command to its end; when cancelled, it is gone before this returns.

        Raises ShadowError when it cannot be started.
        """

    async def start(self, spec: Spec, stdin: bytes, limits: Limits) -> Followed:
        """Start a command; who asked must end it. Raises ShadowError."""

    async def make_ready(self, spec: Spec) -> None:
        """Get ready for a command like this one."""

    async def close(self) -> None:
        """Let go of what is kept between commands."""


def bounds_of(limits: Limits) -> Bounds:
    """Return the limits that the kernel is asked to keep."""
    return Bounds(limits.memory_bytes, limits.processes, limits.file_bytes)
