"""The shadow in namespaces: an overlay at the workspace's own path."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import replace

from arriero.shadow.cgroup import Group
from arriero.shadow.changes import Ignored, Listing
from arriero.shadow.folders import SessionFolder
from arriero.shadow.ground import Ground
from arriero.shadow.jobs import Jobs, Started
from arriero.shadow.launcher import landlock, seccomp
from arriero.shadow.layers import Layers, changes_of
from arriero.shadow.placed import Place
from arriero.shadow.process import Launcher
from arriero.shadow.proxy import Proxy
from arriero.shadow.readback import ReadBack
from arriero.shadow.result import result_of
from arriero.shadow.runner import Followed
from arriero.shadow.settling import Settling
from arriero.shadow.turns import Turns
from arriero.shadow.types import Command, CommandResult, ShadowKind
from arriero.shadow.unbroken import unbroken

log = logging.getLogger(__name__)


class OverlayShadow:
    """Runs commands over the workspace in namespaces of their own.

    `shifted` (root only) gives commands user ids that own nothing outside; `hosts` may be reached
    through a proxy where there is no network; `group` is a control group for it alone.
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
        hosts: Sequence[str] = (),
        group: Group | None = None,
    ) -> None:
        """`roots` are absolute real paths, none in another; `folder` is this shadow's alone."""
        self._roots = tuple(roots)
        self._folder = folder
        self._ignored = ignored
        self._listing = listing
        place = os.fspath(folder.path)
        self._group = group
        self._ground = Ground(
            roots,
            place,
            network=network,
            hidden=hidden,
            shifted=shifted,
            cgroup=os.fspath(group.path) if group else "",
        )
        self._layers = Layers(roots, folder.path, ignored=ignored, listing=listing)
        self._launcher = Launcher(folder.path)
        self._proxy = Proxy(hosts) if hosts and not network else None
        self._turns = Turns()
        self._settling = Settling()
        self._started = 0
        self.jobs = Jobs(self._start_job)

    @property
    def kind(self) -> ShadowKind:
        """Which boundary holds."""
        return "overlay"

    @property
    def held(self) -> str:
        """The same as `boundary` in a few words."""
        return f"overlay, {self._network()}"

    @property
    def boundary(self) -> str:
        """One line for the user."""
        network = self._network()
        if self._ground.network:
            network = "the network is shared with this machine, its local services too"
        user = (
            ""
            if os.geteuid() or self._ground.shifted
            else "; commands keep root's user id (old kernel)"
        )
        walls = ["Landlock"] if landlock.version() > 1 else []
        walls += ["a filter of system calls"] if seccomp.known() else []
        walls += ["a control group"] if self._ground.cgroup else []
        inside = f"; within it {', '.join(walls)}" if walls else ""
        return (
            "namespaces and an overlay: commands see the workspace as a layer that is thrown away, "
            f"the system read-only and no home folder; {network}{user}{inside}; "
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
        await self._settling.over()
        files = command.files
        began = time.time_ns()
        await unbroken(asyncio.to_thread(self._lay, self._layers, command))
        spec = self._ground.spec(command, self._layers.overlays, await self._proxied(command))
        killed = self._group.killed() if self._group else 0
        outcome = await self._launcher.run(spec, command.stdin, command.limits)
        if self._group and self._group.killed() > killed and outcome.exit_code != 0:
            outcome = replace(outcome, exit_code=None, ended="memory")
        done = await unbroken(asyncio.to_thread(self._layers.read, files, began))
        # Whoever asked need not wait for what only the next command needs.
        self._settling.begin(self._settle(done, command))
        return result_of(outcome, changes_of(done), self.held)

    def _lay(self, layers: Layers, command: Command) -> None:
        self._limit(command)
        self._ground.look(command.environment)  # here, since it takes 10 ms of the loop elsewhere
        layers.lay(command.files)

    def _limit(self, command: Command) -> None:
        if self._group is None:
            return
        try:
            self._group.limit(command.limits)
        except OSError as error:
            log.warning("the control group's limits cannot be set: %s", error)

    async def _settle(self, done: Sequence[ReadBack], command: Command) -> None:
        try:
            await asyncio.to_thread(self._layers.settle, done)
        except OSError as error:
            log.warning("the shadow's layer could not be put in order: %s", error)
            return
        added = await self._proxied(command)
        await self._launcher.make_ready(self._ground.spec(command, self._layers.overlays, added))

    async def _start_job(self, command: Command) -> Started:
        return await self._turns.take(lambda: self._start(command))

    async def _start(self, command: Command) -> Started:
        await self._settling.over()
        layers = await unbroken(asyncio.to_thread(self._layers_of_a_job))
        place = Place(
            read=lambda began: changes_of(layers.read(command.files, began)),
            remove=layers.remove,
            held=self.held,
        )
        return await place.started(self._started_in(layers, command))

    async def _started_in(self, layers: Layers, command: Command) -> Followed:
        await unbroken(asyncio.to_thread(self._lay, layers, command))
        spec = self._ground.spec(command, layers.overlays, await self._proxied(command))
        return await self._launcher.start(spec, command.stdin, command.limits)

    def _layers_of_a_job(self) -> Layers:
        """Return layers that see the session's build results."""
        self._started += 1
        return Layers(
            self._roots,
            self._folder.path,
            ignored=self._ignored,
            listing=self._listing,
            name=f"job{self._started}-",
            bases=self._layers.freeze(used=bool(self.jobs.running)),
        )

    async def _proxied(self, command: Command) -> dict[str, str]:
        """Return the environment that leads to the proxy, which starts with the first command."""
        if self._proxy is None:
            return {}
        if not self._proxy.started:
            spec = self._ground.spec(command, self._layers.overlays, {})
            await self._proxy.start(await self._launcher.listener(spec))
        return self._proxy.environment

    async def _clean_up(self) -> None:
        await self._settling.over()
        await self.jobs.close()
        if self._proxy is not None:
            await self._proxy.close()
        await self._launcher.close()
        if self._group is not None:
            await asyncio.to_thread(self._group.remove)
        await asyncio.to_thread(self._folder.remove)

    def _network(self) -> str:
        if self._ground.network:
            return "network"
        return f"network: {self._proxy.said}" if self._proxy else "no network"
