"""The paths that a command may read under Landlock, which allows but cannot except."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from arriero.shadow.paths import contains
from arriero.shadow.secrets import system_secrets
from arriero.shadow.system import SYSTEM_FOLDERS
from arriero.shadow.toolchains import toolchain_folders


def readable_paths(
    environment: Mapping[str, str], roots: Sequence[str], *, network: bool
) -> list[str]:
    """Return system folders and toolchains, without the system's secrets."""
    secrets = system_secrets()
    system = [os.path.realpath(path) for path in SYSTEM_FOLDERS if os.path.isdir(path)]
    paths = ["/proc", *dict.fromkeys(system)]
    paths += toolchain_folders(environment, roots, paths)
    if network:
        paths.append(os.path.realpath("/etc/resolv.conf"))
    # The workspace's own environments of Python stay readable where they are: they are ignored
    # files, so the copy has none.
    paths += [os.path.join(root, name) for root in roots for name in (".venv", "venv")]
    readable: list[str] = []
    for path in paths:
        readable += _without(path, secrets)
    return readable


def _without(path: str, secrets: Sequence[str]) -> list[str]:
    """Return what allows a path but none of the secrets in it."""
    inside = [secret for secret in secrets if contains(path, secret)]
    if not inside:
        return [path]
    if path in inside:
        return []
    try:
        names = os.listdir(path)
    except OSError:
        return []
    found: list[str] = []
    for name in names:
        inner = os.path.join(path, name)
        if not os.path.islink(inner):
            found += _without(inner, inside)
    return found
