"""Real trees that this machine has or can fetch, for benchmarks; each says why it is not there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

PACKAGES = ("findutils", "nano")
NAMES = ("site-packages", "node_modules", *PACKAGES)
_SECONDS = 120.0  # to fetch a source package
_CLIENT = Path(__file__).parents[2] / "editor-client" / "vscode" / "node_modules"


class NotHere(Exception):
    """The tree is not to be had; the text says why."""


def real_tree(name: str, folder: Path) -> Path:
    """Return one of `NAMES`, in `folder` where it has to be fetched or copied. Raises `NotHere`.

    Sources that are unpacked in the folder `ARRIERO_BENCH_SOURCES` are used first.
    """
    if name == "site-packages":
        return Path(os.environ.get("ARRIERO_BENCH_TREE") or sysconfig.get_paths()["purelib"])
    if name == "node_modules":
        if not _CLIENT.is_dir():
            raise NotHere(f"{_CLIENT} is not there: run `npm ci` beside it")
        # Where it lies, it is ignored. The programs in it are left behind.
        copy = folder / name
        leave = shutil.ignore_patterns("*.node", "*.wasm", "*.so", "*.exe", ".bin")
        shutil.copytree(_CLIENT, copy, symlinks=True, ignore=leave)
        return copy
    return _debian(name, folder)


def _debian(name: str, folder: Path) -> Path:
    """Return the unpacked source of a Debian package."""
    known = os.environ.get("ARRIERO_BENCH_SOURCES")
    for found in sorted(Path(known).glob(f"{name}-*")) if known else ():
        if found.is_dir():
            return found
    if shutil.which("apt-get") is None or shutil.which("dpkg-source") is None:
        raise NotHere("apt-get and dpkg-source are not installed")
    targets = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Sources"]
    if not subprocess.run(targets, capture_output=True, check=False).stdout.strip():
        raise NotHere("apt knows no deb-src: no source packages can be fetched")
    fetch = ["apt-get", "source", "-qq", name]
    try:
        done = subprocess.run(fetch, cwd=folder, capture_output=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotHere(f"{name} was not fetched in {_SECONDS:.0f} s") from error
    unpacked = next((one for one in folder.glob(f"{name}-*") if one.is_dir()), None)
    if done.returncode != 0 or unpacked is None:
        raise NotHere(f"{name} cannot be fetched: {done.stderr.decode('utf-8', 'replace')[-200:]}")
    return unpacked
