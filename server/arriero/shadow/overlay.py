"""The shadow in namespaces: an overlay at the workspace's own path."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence

from arriero.shadow.changes import Changes, Ignored, Listing
from arriero.shadow.environment import command_environment
from arriero.shadow.folders import SessionFolder
from arriero.shadow.launcher.spec import Namespaces, Overlay, Spec
from arriero.shadow.layer import Layer
from arriero.shadow.paths import files_in
from arriero.shadow.process import Launcher
from arriero.shadow.readback import read_back
from arriero.shadow.result import result_of
from arriero.shadow.runner import bounds_of
from arriero.shadow.system import SystemView, system_view
from arriero.shadow.turns import Turns
from arriero.shadow.types import Command, CommandResult, ShadowError, ShadowKind
from arriero.shadow.unbroken import unbroken

# Ids that own nothing: the last 65536 of the range that containers use by convention.
FIRST_ID = 0x6FFF0000
# The writable folders inside (home, /tmp) are memory: at most this share of the limit.
_SCRATCH_SHARE = 4


class OverlayShadow:
    """Runs commands over the workspace in namespaces of their own.

    `shifted` (root only) gives commands user ids that own nothing outside.
    """

    def __init__(
        self,
        roots: Sequence[str],
        folder: SessionFolder,
        *,
        ignored: Ignored,
        listing: Listing,
        network: bool = False,
        hidden: Sequence[str] = (),
        shifted: bool = False,
    ) -> None:
        """`roots` are absolute real paths, none in another; `folder` is this shadow's alone."""
        self._folder = folder
        self._ignored = ignored
        self._listing = listing
        self._network = network
        self._hidden = (*hidden, os.fspath(folder.path))
        self._shifted = shifted
        self._layers = tuple(
            Layer(root, folder.path / str(number)) for number, root in enumerate(roots)
        )
        self._launcher = Launcher(folder.path)
        self._turns = Turns()
        self._view: tuple[Mapping[str, str], SystemView] | None = None
        self._dirty: Mapping[str, bytes | None] | None = None

    @property
    def kind(self) -> ShadowKind:
        """Which boundary holds."""
        return "overlay"

    @property
    def boundary(self) -> str:
        """One line for the user."""
        network = (
            "the network is shared with this machine, its local services too"
            if self._network
            else "no network"
        )
        user = (
            "" if os.geteuid() or self._shifted else "; commands keep root's user id (old kernel)"
        )
        return (
            "namespaces and an overlay: commands see the workspace as a layer that is thrown away, "
            f"the system read-only and no home folder; {network}{user}; "
            "not covered: faults of the kernel, and a share of CPU and disk speed"
        )

    @property
    def confines(self) -> bool:
        """Always."""
        return True

    async def run(self, command: Command) -> CommandResult:
        """Run a command to its end; cancelling the awaiting task ends the whole process tree."""
        return await self._turns.take(lambda: self._run(command))

    async def close(self) -> None:
        """End what still runs and remove the shadow's files."""
        await self._turns.close(self._clean_up)

    async def _run(self, command: Command) -> CommandResult:
        files = command.files
        began = time.time_ns()
        view = await unbroken(asyncio.to_thread(self._prepare, command.environment, files))
        spec = self._spec(command, view)
        outcome = await self._launcher.run(spec, command.stdin, command.limits)
        try:
            changes = await unbroken(asyncio.to_thread(self._read_back, files, began))
        except OSError as error:
            raise ShadowError(
                f"What the command changed cannot be read ({error}); run it again."
            ) from error
        return result_of(outcome, changes)

    async def _clean_up(self) -> None:
        await self._launcher.close()
        await asyncio.to_thread(self._folder.remove)

    def _prepare(
        self, environment: Mapping[str, str], files: Mapping[str, bytes | None]
    ) -> SystemView:
        try:
            if self._dirty is not None:
                # The command before was cancelled: what it did is nobody's.
                self._read_back(self._dirty, 0)
            self._dirty = files
            for layer in self._layers:
                layer.lay(files_in(layer.root, files))
        except OSError as error:
            raise ShadowError(
                f"The shadow cannot be written ({error.strerror}: {error.filename}); "
                "free some space or change the owner of the file, then try again."
            ) from error
        if self._view is None or self._view[0] != environment:
            roots = [layer.root for layer in self._layers]
            view = system_view(environment, roots, network=self._network, hidden=self._hidden)
            self._view = (dict(environment), view)
        return self._view[1]

    def _read_back(self, files: Mapping[str, bytes | None], began: int) -> list[Changes]:
        changes = [
            read_back(
                layer,
                files_in(layer.root, files),
                began,
                ignored=self._ignored,
                listing=self._listing,
            )
            for layer in self._layers
        ]
        self._dirty = None
        return changes

    def _spec(self, command: Command, view: SystemView) -> Spec:
        environment = command_environment(
            command.environment,
            home=view.home,
            temporary="/tmp",  # noqa: S108 - inside
        )
        owner = os.stat(self._layers[0].root)
        namespaces = Namespaces(
            folder=os.fspath(self._folder.path),
            uid=owner.st_uid if self._shifted else os.geteuid(),
            gid=owner.st_gid if self._shifted else os.getegid(),
            first_id=FIRST_ID if self._shifted else 0,
            overlays=tuple(Overlay(layer.root, layer.name) for layer in self._layers),
            binds=view.binds,
            symlinks=view.symlinks,
            scratch=view.scratch,
            scratch_bytes=command.limits.memory_bytes // _SCRATCH_SHARE,
            masks=view.masks,
        )
        return Spec(
            argv=command.argv,
            cwd=command.cwd,
            environment=tuple(environment.items()),
            bounds=bounds_of(command.limits),
            network=self._network,
            confine=True,
            namespaces=namespaces,
        )
