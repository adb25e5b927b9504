"""The short list of variables that a command may see.

A list of what is allowed, because a list of what is secret is never complete: tokens live under any
name (`GH_PAT`, `DATABASE_URL`, `PIP_INDEX_URL` with a password in it).
"""

from __future__ import annotations

import os
from collections.abc import Mapping

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Where toolchains are, and what a locale is. Values are paths, names and switches.
# fmt: off
_ALLOWED = frozenset((
    "PATH", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "VIRTUAL_ENV", "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV", "PYENV_ROOT", "PYENV_VERSION", "PYTHONPATH", "PYTHONHASHSEED",
    "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "GOROOT", "GOPATH", "GOMODCACHE",
    "GOTOOLCHAIN", "CGO_ENABLED", "NVM_DIR", "NVM_BIN", "VOLTA_HOME", "BUN_INSTALL", "DENO_DIR",
    "NODE_ENV", "JAVA_HOME", "JDK_HOME", "M2_HOME", "GRADLE_HOME", "KOTLIN_HOME", "ANDROID_HOME",
    "DOTNET_ROOT", "RBENV_ROOT", "RBENV_VERSION", "GEM_HOME", "GEM_PATH", "ASDF_DIR",
    "ASDF_DATA_DIR", "SDKMAN_DIR", "MISE_DATA_DIR", "CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS",
    "MAKEFLAGS", "PKG_CONFIG_PATH", "LD_LIBRARY_PATH",
))
# fmt: on
_SET = {
    "CI": "1",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "true",
    "GIT_TERMINAL_PROMPT": "0",
    "PYTHONUNBUFFERED": "1",
    "DEBIAN_FRONTEND": "noninteractive",
}


def command_environment(editor: Mapping[str, str], *, home: str, temporary: str) -> dict[str, str]:
    """Return the environment of a command, from the editor's own."""
    environment = {
        name: value
        for name, value in editor.items()
        if (name in _ALLOWED or name.startswith("LC_")) and "\0" not in value
    }
    environment["PATH"] = ":".join(search_path(editor)) or DEFAULT_PATH
    environment.setdefault("LANG", "C.UTF-8")
    return environment | _SET | {"HOME": home, "TMPDIR": temporary}


def contained_environment(editor: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a command in a container, whose programs lie elsewhere."""
    kept = {
        name: value
        for name, value in editor.items()
        if (name in ("LANG", "LANGUAGE", "TZ") or name.startswith("LC_")) and "\0" not in value
    }
    return {"LANG": "C.UTF-8"} | kept | _SET | {"HOME": "/tmp", "TMPDIR": "/tmp"}  # noqa: S108


def search_path(editor: Mapping[str, str]) -> list[str]:
    """Return the folders of PATH; empty and relative ones would mean the folder of the moment."""
    folders = editor.get("PATH", DEFAULT_PATH).split(":")
    return list(dict.fromkeys(folder for folder in folders if os.path.isabs(folder)))


def home_of(editor: Mapping[str, str]) -> str:
    """Return the user's home folder as an absolute path without a final slash."""
    home = editor.get("HOME", "")
    if not os.path.isabs(home):
        home = os.path.expanduser("~")
    return os.path.normpath(home) if os.path.isabs(home) else "/nonexistent"
