"""The machine: Python, git, folders, limits of the kernel."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from arriero import __version__
from arriero.cli.checks.finding import Finding
from arriero.settings.paths import cache_dir, state_dir

# Watches for a tree of some ten thousand folders, and for several editors at a time.
_ENOUGH_WATCHES = 65_536
_ENOUGH_INSTANCES = 128
_INOTIFY = Path("/proc/sys/fs/inotify")


def python() -> Finding:
    """The interpreter."""
    text = f"{platform.python_version()} at {sys.executable}, Arriero {__version__}"
    return Finding("python", "ok", text)


def git() -> Finding:
    """git: lists files fast, and shows what a run changed."""
    found = shutil.which("git")
    if found is None:
        mend = "Install git: file lists are slower without it, and the commit command needs it."
        return Finding("git", "warn", "not installed", mend)
    try:
        told = subprocess.run([found, "--version"], capture_output=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("git", "warn", f"{found} does not work: {error}", "Mend or reinstall git.")
    return Finding("git", "ok", told.stdout.decode("utf-8", "replace").strip())


def folders(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """The folders for state and for what can be made again."""
    for name, variable, path in (
        ("state", "XDG_STATE_HOME", state_dir(environment)),
        ("cache", "XDG_CACHE_HOME", cache_dir(environment)),
    ):
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path) as file:
                file.write(b"x")
                file.flush()
        except OSError as error:
            mend = f"Make {path} writable, or set {variable} to a folder that is."
            yield Finding(name, "fail", f"{path}: {error.strerror or error}", mend)
        else:
            free = shutil.disk_usage(path).free
            if free < 200_000_000:
                text = f"{path} has {free // 1_000_000} MB left"
                yield Finding(name, "warn", text, "Make room on that disk.")
            else:
                yield Finding(name, "ok", str(path))


def watches(folder: Path = _INOTIFY) -> Finding | None:
    """The kernel's limits for watching files; None where it has none."""
    try:
        most = int((folder / "max_user_watches").read_text())
        instances = int((folder / "max_user_instances").read_text())
    except (OSError, ValueError):
        return None
    text = f"{most:,} folders, {instances:,} watchers for each user"
    if most < _ENOUGH_WATCHES:
        return Finding("watcher", "warn", text, _sysctl("max_user_watches", 524_288))
    if instances < _ENOUGH_INSTANCES:
        return Finding("watcher", "warn", text, _sysctl("max_user_instances", 1024))
    return Finding("watcher", "ok", text)


def _sysctl(name: str, value: int) -> str:
    return f"Raise it: sudo sysctl fs.inotify.{name}={value} (and put it into /etc/sysctl.d)."
