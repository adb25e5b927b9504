"""What a command sees of the machine: system folders without their secrets, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arriero.shadow.environment import home_of
from arriero.shadow.launcher.spec import Bind
from arriero.shadow.paths import contains
from arriero.shadow.secrets import HOME_SECRETS, system_secrets
from arriero.shadow.toolchains import toolchain_folders

SYSTEM_FOLDERS = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc",
    "/opt",
    "/nix",
    "/gnu",
    "/run/current-system",
    "/sys/devices/system/cpu",
)
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_SCRATCH = ("/tmp", "/var/tmp", "/run", "/dev/shm")  # noqa: S108 - these are inside
HOME_ELSEWHERE = "/tmp/home"  # noqa: S108 - inside


@dataclass(frozen=True)
class SystemView:
    """The parts of a root file system, all absolute paths, and the home folder inside."""

    binds: tuple[Bind, ...]
    symlinks: tuple[tuple[str, str], ...]
    scratch: tuple[str, ...]
    masks: tuple[str, ...]
    home: str


def system_view(
    environment: Mapping[str, str], roots: Sequence[str], *, network: bool, hidden: Sequence[str]
) -> SystemView:
    """Decide what is seen; looks at the disk, so call it in a thread.

    `hidden` are further folders to mask where they lie in something that is seen.
    """
    binds: list[Bind] = []
    symlinks: list[tuple[str, str]] = []
    for path in SYSTEM_FOLDERS:
        if os.path.islink(path):
            symlinks.append((path, os.readlink(path)))
        elif os.path.isdir(path):
            binds.append(Bind(path, path))
    folders = tuple(bind.target for bind in binds)
    binds += [Bind(path, path) for path in toolchain_folders(environment, roots, folders)]
    binds += [Bind(path, path) for path in _repositories(roots)]
    if network:
        binds += _resolver(folders)
    binds += [Bind(f"/dev/{name}", f"/dev/{name}", device=True) for name in _DEVICES]
    home = home_of(environment)
    in_workspace = any(contains(root, home) for root in roots)
    masks = system_secrets()
    if in_workspace:
        masks += [f"{home}/{name}" for name in HOME_SECRETS]
    if in_workspace or home == "/":
        home = HOME_ELSEWHERE
    seen = (*(bind.target for bind in binds), *roots)
    masks += [path for path in hidden if any(contains(folder, path) for folder in seen)]
    return SystemView(
        binds=tuple(binds),
        symlinks=(*symlinks, ("/var/run", "/run")),
        scratch=(*_SCRATCH, home),
        masks=tuple(dict.fromkeys(masks)),
        home=home,
    )


def _repositories(roots: Sequence[str]) -> list[str]:
    """Return git's data of roots that are work trees with the repository elsewhere.

    The `.git` file of a workspace could name anything: the repository must name the work tree too,
    or be that of a folder around it.
    """
    found = []
    for root in roots:
        line = _first_line(os.path.join(root, ".git"))
        if not line.startswith("gitdir: "):
            continue
        folder = os.path.normpath(os.path.join(root, line[len("gitdir: ") :]))
        # .git/worktrees/x and .git/modules/x belong to the .git that holds them.
        around, mark, _ = folder.rpartition("/.git/")
        if not mark or contains(root, folder):
            continue
        named_back = _first_line(os.path.join(folder, "gitdir")) == os.path.join(root, ".git")
        if named_back or contains(around, root):
            found.append(around + "/.git")
    return found


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline(4096).strip()
    except (OSError, UnicodeDecodeError):
        # Mostly a folder, or not there.
        return ""


def _resolver(folders: Sequence[str]) -> list[Bind]:
    """Return the file that /etc/resolv.conf leads to, where /run holds it."""
    target = os.path.realpath("/etc/resolv.conf")
    if not os.path.isfile(target) or any(contains(folder, target) for folder in folders):
        return []
    return [Bind(target, target)]
