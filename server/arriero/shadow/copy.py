"""The shadow where there are no namespaces: a copy of the files, under Landlock if possible."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from arriero.shadow.changes import Changes, Ignored, Listing
from arriero.shadow.environment import command_environment
from arriero.shadow.folders import SessionFolder
from arriero.shadow.launcher.spec import Landlock, Spec
from arriero.shadow.paths import files_in
from arriero.shadow.readable import readable_paths
from arriero.shadow.result import result_of
from arriero.shadow.runner import Runner, bounds_of
from arriero.shadow.tree import CopiedTree
from arriero.shadow.turns import Turns
from arriero.shadow.types import Command, CommandResult, ShadowError, ShadowKind
from arriero.shadow.unbroken import unbroken

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")


class CopyShadow:
    """Runs commands on a copy of the files that are not ignored.

    `landlock` is the kernel's Landlock version, 0 for none; `filtered` says that there is a filter
    of system calls for this machine.
    """

    def __init__(
        self,
        roots: Sequence[str],
        folder: SessionFolder,
        runner: Runner,
        *,
        ignored: Ignored,
        listing: Listing,
        network: bool = False,
        landlock: int = 0,
        filtered: bool = False,
        why: str = "",
    ) -> None:
        """`roots` are absolute real paths, none in another; `why` is why it is no better shadow."""
        self._folder = folder
        self._runner = runner
        self._ignored = ignored
        self._listing = listing
        self._network = network
        self._landlock = landlock
        self._filtered = filtered
        self._why = why
        self._trees = tuple(
            CopiedTree(root, folder.path / "copy" / str(number))
            for number, root in enumerate(roots)
        )
        self._home = os.fspath(folder.path / "home")
        self._temporary = os.fspath(folder.path / "tmp")
        os.mkdir(self._home)
        os.mkdir(self._temporary)
        self._readable: tuple[Mapping[str, str], tuple[str, ...]] | None = None
        self._turns = Turns()

    @property
    def kind(self) -> ShadowKind:
        """Which boundary holds."""
        return "copy"

    @property
    def boundary(self) -> str:
        """One line for the user."""
        copied = "a copy of the files that are not ignored, without git's data and symbolic links"
        why = f" (no namespaces: {self._why})" if self._why else ""
        if not self._landlock:
            return (
                f"{copied}{why}; nothing else holds: with absolute paths a command reads and "
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
            f"{copied}, under Landlock{why}: a command writes the copy only and reads it, the "
            f"system and toolchains only; not covered: {', '.join(gaps)}"
        )

    @property
    def confines(self) -> bool:
        """With Landlock and without the sockets of local services."""
        return bool(self._landlock) and self._filtered and not self._network

    async def run(self, command: Command) -> CommandResult:
        """Run a command to its end; cancelling the awaiting task ends its processes."""
        return await self._turns.take(lambda: self._run(command))

    async def close(self) -> None:
        """End what still runs and remove the copy."""
        await self._turns.close(self._clean_up)

    async def _run(self, command: Command) -> CommandResult:
        began = time.time_ns()
        spec = await unbroken(asyncio.to_thread(self._prepare, command))
        outcome = await self._runner.run(spec, command.stdin, command.limits)
        changes = await unbroken(asyncio.to_thread(self._read_back, command.files, began))
        result = result_of(outcome, changes)
        return replace(result, output=self._replace(result.output, to_copy=False))

    async def _clean_up(self) -> None:
        await self._runner.close()
        await asyncio.to_thread(self._folder.remove)

    def _prepare(self, command: Command) -> Spec:
        try:
            for tree in self._trees:
                tree.sync(files_in(tree.root, command.files), self._listing)
        except OSError as error:
            raise ShadowError(
                f"The copy for the command cannot be made ({error.strerror}: {error.filename}); "
                "free some space, then try again."
            ) from error
        environment = command_environment(
            command.environment, home=self._home, temporary=self._temporary
        )
        return Spec(
            argv=tuple(self._replace(word, to_copy=True) for word in command.argv),
            cwd=self._replace(command.cwd, to_copy=True),
            environment=tuple(environment.items()),
            bounds=bounds_of(command.limits),
            network=self._network,
            confine=bool(self._landlock),
            landlock=self._rules(command.environment) if self._landlock else None,
        )

    def _rules(self, environment: Mapping[str, str]) -> Landlock:
        if self._readable is None or self._readable[0] != environment:
            roots = [tree.root for tree in self._trees]
            paths = readable_paths(environment, roots, network=self._network)
            self._readable = (dict(environment), tuple(paths))
        copies = [tree.copy for tree in self._trees]
        return Landlock(
            readable=self._readable[1],
            writable=(*copies, self._home, self._temporary, *_DEVICES),
        )

    def _read_back(self, files: Mapping[str, bytes | None], began: int) -> list[Changes]:
        try:
            return [
                tree.read_back(files_in(tree.root, files), began, ignored=self._ignored)
                for tree in self._trees
            ]
        except OSError as error:
            raise ShadowError(
                f"What the command changed cannot be read ({error}); run it again."
            ) from error

    def _replace(self, text: str, *, to_copy: bool) -> str:
        """Put the copy's paths for the user's, or back: commands and outputs may name them."""
        for tree in self._trees:
            old, new = (tree.root, tree.copy) if to_copy else (tree.copy, tree.root)
            pattern = rf"(?<![\w./-]){re.escape(old)}(?![\w.-])" if to_copy else re.escape(old)
            text = re.sub(pattern, lambda _, new=new: new, text)  # type: ignore[misc]
        return text
