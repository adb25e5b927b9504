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

from arriero.shadow.changes import Ignored, Listing
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

log = logging.getLogger(__name__)

Setting = Literal["auto", "overlay", "copy", "none"]

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


async def detect(folder: Path) -> Findings:
    """Try each kind with a command that does nothing; `folder` is where session folders go."""
    found: list[Finding] = []
    with tempfile.TemporaryDirectory() as root:
        settings: tuple[Setting, ...] = ("overlay", "copy")
        for setting in settings:
            try:
                shadow = await make_shadow(
                    setting, [root], folder, ignored=_none_ignored, listing=_no_files
                )
            except ShadowError as error:
                found.append(
                    Finding("overlay" if setting == "overlay" else "copy", False, str(error))
                )
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
) -> Shadow:
    """Return the shadow of one session over the workspace folders `roots`.

    `folder` is where session folders are made (one is made here and removed by `close`; those that
    a killed daemon left are removed first);
    `ignored(root, paths)` returns the ignored ones; `listing(root)` the files that are not ignored;
    `hidden` are folders that commands must not see even in the workspace (state, settings).
    With "auto" the first kind that works is taken; a kind that is asked for and does not work here
    raises ShadowError, and nothing ever falls back to the real folder.
    """
    roots = _outermost(roots)
    await asyncio.to_thread(sweep, folder)
    if setting == "none":
        place = await asyncio.to_thread(make_folder, folder)
        return NoShadow(place, _runner(place))
    why = ""
    if setting != "copy":
        shadow, why = await _overlay(roots, folder, ignored, listing, network, hidden)
        if shadow is not None:
            return shadow
        if setting == "overlay":
            raise ShadowError(
                f"Commands cannot be confined in namespaces here ({why}); set shadow.kind to auto "
                "or copy."
            )
        log.info("no overlay for %s: %s", roots, why)
    return await _copy(roots, folder, ignored, listing, network, why)


async def _overlay(
    roots: Sequence[str],
    folder: Path,
    ignored: Ignored,
    listing: Listing,
    network: bool,
    hidden: Sequence[str],
) -> tuple[Shadow | None, str]:
    """Return an overlay shadow that has run a command, or why there is none."""
    if not _LINUX:
        return None, "they are Linux's"
    why = ""
    # As root with ids of no one, if the kernel can map the workspace to them; else as it is.
    for shifted in (True, False) if os.geteuid() == 0 else (False,):
        if not shifted and not all(map(_is_ours, roots)):
            why = why or "the workspace belongs to another user or group, whom only root can map"
            continue
        for parent in parents(folder, roots):
            try:
                place = await asyncio.to_thread(make_folder, parent)
            except ShadowError as error:
                why = why or str(error)
                continue
            shadow = OverlayShadow(
                roots,
                place,
                ignored=ignored,
                listing=listing,
                network=network,
                hidden=(*hidden, os.fspath(folder)),
                shifted=shifted,
            )
            failure = await _try(shadow, roots[0])
            if failure is None:
                return shadow, ""
            why = why or failure
            await shadow.close()
    return None, why


async def _copy(
    roots: Sequence[str],
    folder: Path,
    ignored: Ignored,
    listing: Listing,
    network: bool,
    why: str,
) -> Shadow:
    for parent in parents(folder, roots):
        place = await asyncio.to_thread(make_folder, parent)
        return CopyShadow(
            roots,
            place,
            _runner(place),
            ignored=ignored,
            listing=listing,
            network=network,
            landlock=landlock.version() if _LINUX else 0,
            filtered=_LINUX and seccomp.known(),
            why=why,
        )
    raise ShadowError("There is no place for a copy outside the workspace; open a smaller folder.")


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
