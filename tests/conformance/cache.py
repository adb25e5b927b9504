"""Where the clients are that `install.sh` has installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def folder() -> Path:
    """Return the folder of the clients."""
    given = os.environ.get("ARRIERO_CLIENTS_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "arriero-clients"


def python(package: str) -> str:
    """Return the interpreter that has a package; skips the test where there is none."""
    interpreter = folder() / "py" / "bin" / "python"
    found = folder().glob(f"py/lib/python*/site-packages/{package}/__init__.py")
    if not interpreter.exists() or next(found, None) is None:
        pytest.skip(f"{package} is not installed: run tests/conformance/install.sh")
    return str(interpreter)


def node(package: str) -> str:
    """Return node; skips the test where it or the package is missing."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    if not (modules() / package).exists():
        pytest.skip(f"{package} is not installed: run tests/conformance/install.sh")
    return found


def program(name: str) -> str:
    """Return a program of JavaScript's registry; skips the test where it is missing."""
    found = modules() / ".bin" / name
    if not found.exists():
        pytest.skip(f"{name} is not installed: run tests/conformance/install.sh")
    return str(found)


def modules() -> Path:
    """Return the folder of the packages for JavaScript."""
    return folder() / "js" / "node_modules"
