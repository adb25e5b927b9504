"""Choosing the shadow: the best one that works here, found by trying it."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from arriero.shadow.cgroup import Group, make_group
from arriero.shadow.changes import Ignored, Listing
from arriero.shadow.container import Container, ContainerRunner, ContainerWalls
from arriero.shadow.copy import CopyShadow
from arriero.shadow.folders import SessionFolder, make_folder, parents, sweep
from arriero.shadow.launcher import landlock, seccomp
from arriero.shadow.none import NoShadow
from arriero.shadow.overlay import OverlayShadow
from arriero.shadow.paths import contains
from arriero.shadow.plain import PlainRunner
from arriero.shadow.process import Launcher
from arriero.shadow.runner import Runner
from arriero.shadow.types import Command, Limits, Shadow, ShadowError, ShadowKind
from arriero.shadow.unbroken import unbroken
from arriero.shadow.walls import LandlockWalls

log = logging.getLogger(__name__)

Setting = Literal["auto", "overlay", "copy", "container", "none"]

_TRIAL = Limits(seconds=20.0, output_bytes=4096)
_LINUX = sys.platform == "linux"
# Places that a root file system of our own has its own of.
_NOT_A_WORKSPACE = ("/proc", "/sys", "/dev")


@dataclass(frozen=True)
class Finding:
    """Whether a kind works on this machine; `detail` is its boundary, or why it does not work."""

    kind: ShadowKind
    works: bool
    detail: str


@dataclass(frozen=True)
class Findings:
    """What `detect` found, best kind first; `chosen` is the one that `auto` takes."""

    kinds: tuple[Finding, ...]

    @property
    def chosen(self) -> Finding:
        """The first that works."""
        return next(finding for finding in self.kinds if finding.works)


async def detect(folder: Path, container: Container | None = None) -> Findings:
    """Try each kind with a command that does nothing; `folder` is where session folders go."""
    found: list[Finding] = []
    kinds: tuple[ShadowKind, ...] = ("overlay", "copy")
    if container is not None:
        rest: tuple[ShadowKind, ...] = ("copy", "container")
        kinds = ("overlay", *(rest if _landlock_confines() else reversed(rest)))
    with tempfile.TemporaryDirectory() as root:
        for kind in kinds:
            try:
                shadow = await make_shadow(
                    kind, [root], folder, ignored=_none_ignored, listing=_no_files,
                    container=container,
                )  # fmt: skip
            except ShadowError as error:
                found.append(Finding(kind, False, str(error)))
                continue
            found.append(Finding(shadow.kind, True, shadow.boundary))
            await shadow.close()
    return Findings(tuple(found))


async def make_shadow(
    setting: Setting,
    roots: Sequence[str],
    folder: Path,
    *,
    ignored: Ignored,
    listing: Listing,
    network: bool = False,
    hidden: Sequence[str] = (),
    hosts: Sequence[str] = (),
    container: Container | None = None,
) -> Shadow:
    """Return the shadow of one session over the workspace folders `roots`.

    `folder` is where session folders are made (one is made here and removed by `close`; those that
    a killed daemon left are removed first);
    `ignored(root, paths)` returns the ignored ones; `listing(root)` the files that are not ignored;
    `hidden` are folders that commands must not see even in the workspace (state, settings);
    `hosts` may be reached without `network` too, in an overlay; `container` is the one of the kind
    with that name, and for "auto" what comes where neither namespaces nor Landlock are to be had.
    With "auto" the first kind that works is taken; a kind that is asked for and does not work here
    raises ShadowError, and nothing ever falls back to the real folder.
    """
    roots = _outermost(roots)
    await asyncio.to_thread(sweep, folder)
    if setting == "none":
        place = await asyncio.to_thread(make_folder, folder)
        return NoShadow(place, _runner(place))
    plan = _Plan(tuple(roots), folder, ignored, listing, network, tuple(hidden), tuple(hosts))
    why = ""
    if setting in ("auto", "overlay"):
        shadow, why = await _overlay(plan)
        if shadow is not None:
            return shadow
        if setting == "overlay":
            raise ShadowError(
                f"Commands cannot be confined in namespaces here ({why}); set shadow.kind to auto "
                "or copy."
            )
        log.info("no overlay for %s: %s", roots, why)
    if setting == "container" or (setting == "auto" and container and not _landlock_confines()):
        found = await _container(plan, container, needed=setting == "container")
        if found is not None:
            return found
    return await _copy(plan, why)


@dataclass(frozen=True)
class _Plan:
    """What every kind is made of; see `make_shadow`."""

    roots: tuple[str, ...]
    folder: Path
    ignored: Ignored
    listing: Listing
    network: bool
    hidden: tuple[str, ...]
    hosts: tuple[str, ...]


async def _container(plan: _Plan, container: Container | None, *, needed: bool) -> Shadow | None:
    """Return a shadow in a container that has run a command; None, or ShadowError if `needed`."""
    why = "shadow.container_image names none"
    if container is not None and container.image:
        for parent in parents(plan.folder, plan.roots):
            shadow = await _contained(plan, container, parent, _no_files)
            try:
                failure = await _try(shadow, plan.roots[0])
            finally:
                await unbroken(shadow.close())
            if failure is None:
                return await _contained(plan, container, parent, plan.listing)
            why = failure
            break
    if needed:
        raise ShadowError(
            f"Commands cannot run in a container here ({why}); see shadow.container_image, or set "
            "shadow.kind to auto."
        )
    log.info("no container for %s: %s", plan.roots, why)
    return None


async def _contained(
    plan: _Plan, container: Container, parent: Path, listing: Listing
) -> CopyShadow:
    place = await asyncio.to_thread(make_folder, parent)
    walls = ContainerWalls(container, network=plan.network)
    return CopyShadow(
        plan.roots, place, ContainerRunner(), walls, ignored=plan.ignored, listing=listing
    )


async def _overlay(plan: _Plan) -> tuple[Shadow | None, str]:
    """Return an overlay shadow that has run a command, or why there is none."""
    if not _LINUX:
        return None, "they are Linux's"
    why = ""
    # As root with ids of no one, if the kernel can map the workspace to them; else as it is.
    for shifted in (True, False) if os.geteuid() == 0 else (False,):
        if not shifted and not all(map(_is_ours, plan.roots)):
            why = why or "the workspace belongs to another user or group, whom only root can map"
            continue
        for parent in parents(plan.folder, plan.roots):
            for grouped in (True, False):
                group = await asyncio.to_thread(make_group) if grouped else None
                if grouped and group is None:
                    continue
                shadow, failure = await _tried_overlay(plan, parent, group, shifted=shifted)
                if shadow is not None:
                    return shadow, ""
                why = why or failure
    return None, why


async def _tried_overlay(
    plan: _Plan, parent: Path, group: Group | None, *, shifted: bool
) -> tuple[Shadow | None, str]:
    try:
        place = await asyncio.to_thread(make_folder, parent)
    except ShadowError as error:
        if group is not None:
            await asyncio.to_thread(group.remove)
        return None, str(error)
    shadow = OverlayShadow(
        plan.roots,
        place,
        ignored=plan.ignored,
        listing=plan.listing,
        network=plan.network,
        hidden=(*plan.hidden, os.fspath(plan.folder)),
        shifted=shifted,
        hosts=plan.hosts,
        group=group,
    )
    failure: str | None = "it was not tried to the end"
    try:
        failure = await _try(shadow, plan.roots[0])
    finally:
        # Also for a caller who waits no more: nobody else knows of it.
        if failure is not None:
            await unbroken(shadow.close())
    return (shadow, "") if failure is None else (None, failure)


async def _copy(plan: _Plan, why: str) -> Shadow:
    for parent in parents(plan.folder, plan.roots):
        place = await asyncio.to_thread(make_folder, parent)
        home, temporary = place.path / "home", place.path / "tmp"
        home.mkdir()
        temporary.mkdir()
        walls = LandlockWalls(
            plan.roots,
            network=plan.network,
            landlock=landlock.version() if _LINUX else 0,
            filtered=_LINUX and seccomp.known(),
            home=os.fspath(home),
            temporary=os.fspath(temporary),
            why=why,
        )
        return CopyShadow(
            plan.roots, place, _runner(place), walls, ignored=plan.ignored, listing=plan.listing
        )
    raise ShadowError("There is no place for a copy outside the workspace; open a smaller folder.")


def _landlock_confines() -> bool:
    return _LINUX and bool(landlock.version()) and seccomp.known()


async def _try(shadow: Shadow, root: str) -> str | None:
    """Return why a shadow does not work, None if it does."""
    command = Command(("true",), root, {}, {"PATH": os.environ.get("PATH", "")}, _TRIAL)
    try:
        result = await shadow.run(command)
    except ShadowError as error:
        return str(error)
    if result.exit_code == 0:
        return None
    return f"a trial command ended with {result.exit_code}: {result.output.strip()[-200:]}"


def _is_ours(root: str) -> bool:
    status = os.stat(root)
    return (status.st_uid, status.st_gid) == (os.geteuid(), os.getegid())


def _runner(place: SessionFolder) -> Runner:
    return Launcher(place.path) if _LINUX else PlainRunner()


def _outermost(roots: Sequence[str]) -> list[str]:
    """Return the real paths of folders, without those that lie in another. Raises ShadowError."""
    real = list(dict.fromkeys(os.path.realpath(root) for root in roots))
    for root in real:
        if root == "/" or any(contains(place, root) for place in _NOT_A_WORKSPACE):
            raise ShadowError(
                f"No command runs with {root} as the workspace; open a project folder."
            )
        if not os.path.isdir(root):
            raise ShadowError(f"{root} is not there any more; open the folder again.")
    if not real:
        raise ShadowError("No command runs without a workspace folder; open one.")
    return [r for r in real if not any(contains(other, r) for other in real if other != r)]


def _none_ignored(root: str, paths: Sequence[str]) -> set[str]:  # noqa: ARG001 - nothing to ask
    return set()


def _no_files(root: str) -> Iterable[str]:  # noqa: ARG001 - nothing to list
    return ()
