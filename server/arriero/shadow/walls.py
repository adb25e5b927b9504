"""What stands around a command that runs in a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from arriero.shadow.copies import Copies
from arriero.shadow.environment import command_environment
from arriero.shadow.launcher.spec import Landlock, Spec
from arriero.shadow.readable import readable_paths
from arriero.shadow.runner import bounds_of
from arriero.shadow.types import Command, ShadowKind

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
_COPIED = "a copy of the files that are not ignored, without git's data and symbolic links"


class Walls(Protocol):
    """Makes the launcher's order of a command, and says what holds then."""

    @property
    def kind(self) -> ShadowKind:
        """Which boundary holds."""

    @property
    def held(self) -> str:
        """The boundary in a few words."""

    @property
    def boundary(self) -> str:
        """The boundary in one line."""

    @property
    def confines(self) -> bool:
        """Whether commands are kept from secrets and from files outside."""

    def spec(self, command: Command, copies: Copies) -> Spec:
        """Return what starts a command in these copies."""

    def shown(self, output: str, copies: Copies) -> str:
        """Return an output with the user's paths."""


class LandlockWalls:
    """The kernel's Landlock, as far as it is there, and a filter of system calls.

    `landlock` is the kernel's version of it, 0 for none; `filtered` says that there is a filter for
    this machine; `home` and `temporary` are folders of the command's own; `why` is why it is no
    better shadow.
    """

    kind: ShadowKind = "copy"

    def __init__(
        self,
        roots: Sequence[str],
        *,
        network: bool,
        landlock: int,
        filtered: bool,
        home: str,
        temporary: str,
        why: str,
    ) -> None:
        """`roots` are the workspace's folders."""
        self._roots = tuple(roots)
        self._network = network
        self._landlock = landlock
        self._filtered = filtered
        self._home = home
        self._temporary = temporary
        self._why = why
        self._readable: tuple[Mapping[str, str], tuple[str, ...]] | None = None

    @property
    def held(self) -> str:
        """The boundary in a few words."""
        if not self._landlock:
            return "a copy, nothing else"
        return f"a copy under Landlock, {'network' if self._network else 'no network'}"

    @property
    def boundary(self) -> str:
        """The boundary in one line."""
        why = f" (no namespaces: {self._why})" if self._why else ""
        if not self._landlock:
            return (
                f"{_COPIED}{why}; nothing else holds: with absolute paths a command reads and "
                "changes whatever you can, and it has the network"
            )
        gaps = ["it sees your processes"]
        if self._landlock < 6:
            gaps.append("can signal them")
        if self._network:
            gaps.append("has the network and the sockets of local services")
        elif not self._filtered:
            gaps.append("reaches local services over Unix sockets and UDP")
        return (
            f"{_COPIED}, under Landlock{why}: a command writes the copy only and reads it, the "
            f"system and toolchains only; not covered: {', '.join(gaps)}"
        )

    @property
    def confines(self) -> bool:
        """With Landlock and without the sockets of local services."""
        return bool(self._landlock) and self._filtered and not self._network

    def spec(self, command: Command, copies: Copies) -> Spec:
        """Return what starts a command in these copies."""
        environment = command_environment(
            command.environment, home=self._home, temporary=self._temporary
        )
        return Spec(
            argv=tuple(copies.replace(word, to_copy=True) for word in command.argv),
            cwd=copies.replace(command.cwd, to_copy=True),
            environment=tuple(environment.items()),
            bounds=bounds_of(command.limits),
            network=self._network,
            confine=bool(self._landlock),
            landlock=self._rules(command.environment, copies) if self._landlock else None,
        )

    def shown(self, output: str, copies: Copies) -> str:
        """Return an output with the user's paths."""
        return copies.replace(output, to_copy=False)

    def _rules(self, environment: Mapping[str, str], copies: Copies) -> Landlock:
        if self._readable is None or self._readable[0] != environment:
            paths = readable_paths(environment, self._roots, network=self._network)
            self._readable = (dict(environment), tuple(paths))
        return Landlock(
            readable=self._readable[1],
            writable=(*copies.folders, self._home, self._temporary, *_DEVICES),
        )
