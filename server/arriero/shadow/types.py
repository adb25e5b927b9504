"""The seam between the tools that run commands and the place where commands run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

ShadowKind = Literal["overlay", "copy", "container", "none"]

# By itself; by the time limit; by whoever waits for it; by the memory, process or disk limit.
Ended = Literal["exited", "timeout", "cancelled", "memory", "processes", "disk"]


@dataclass(frozen=True)
class Limits:
    """Bounds of one command: seconds, bytes and counts."""

    seconds: float = 120.0
    output_bytes: int = 1_000_000
    memory_bytes: int = 4 << 30
    processes: int = 512
    file_bytes: int = 1 << 30


@dataclass(frozen=True)
class Command:
    """A command to run.

    `argv` is executed as it is (a shell line is `("bash", "-c", line)`); `cwd` is an absolute path
    in the workspace; `files` lays texts over the files before it starts: absolute path to bytes,
    or None for a file that must not be there; `environment` is the editor's, from which the shadow
    takes only what its short list allows.
    """

    argv: tuple[str, ...]
    cwd: str
    files: Mapping[str, bytes | None]
    environment: Mapping[str, str]
    limits: Limits
    stdin: bytes = b""


@dataclass(frozen=True)
class FileWrite:
    """A regular file that the command created, changed or (content None) deleted."""

    path: str
    content: bytes | None


@dataclass(frozen=True)
class CommandResult:
    """What became of a command.

    `exit_code` is None when it was ended by us, and negative for a signal, as in `subprocess`;
    `ended` says why. `output` is stdout and stderr in the order of arrival, its middle cut out
    when it was over the limit (`output_cut`: bytes left out). `writes` are changed files that are
    not ignored, relative to what the user has plus `Command.files`; `ignored` counts changed files
    that stay in the shadow; `skipped` names files that cannot join a proposal, with the reason;
    `held` says in a few words which boundary held, nothing where none did.
    """

    exit_code: int | None
    ended: Ended
    output: str
    output_cut: int
    seconds: float
    writes: tuple[FileWrite, ...]
    ignored: int = 0
    skipped: tuple[str, ...] = ()
    held: str = ""


class ShadowError(Exception):
    """The command could not be started; the sentence says why and what to do."""


class Shadow(Protocol):
    """The place where the commands of one session run; keeps ignored build results warm."""

    @property
    def kind(self) -> ShadowKind:
        """Which boundary holds."""

    @property
    def boundary(self) -> str:
        """One line for the user: what confines commands here, and what does not."""

    @property
    def confines(self) -> bool:
        """Whether commands are kept from secrets and from files outside, so need no question."""

    async def run(self, command: Command) -> CommandResult:
        """Run a command to its end; cancelling the awaiting task ends the whole process tree."""

    async def close(self) -> None:
        """End what still runs and remove the shadow's files."""
