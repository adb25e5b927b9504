"""Finding what a command needs besides the system: the toolchains that the editor's PATH leads to.

They live in the home folder (pyenv, rustup, nvm, …) or in places of their own, are shown read-only,
and nothing else of the home folder is. A folder is shown because PATH, a toolchain variable or a
link in one of those folders leads there; credentials beside a toolchain stay hidden.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from arriero.shadow.environment import home_of, search_path
from arriero.shadow.paths import contains
from arriero.shadow.secrets import HOME_SECRETS

# Version managers: an entry of PATH in one of them needs all of it.
_MANAGERS = (
    ".pyenv",
    ".rbenv",
    ".nvm",
    ".fnm",
    ".asdf",
    ".sdkman",
    ".volta",
    ".bun",
    ".deno",
    ".rustup",
    ".juliaup",
    ".ghcup",
    ".dotnet",
    ".local/share/mise",
    ".linuxbrew",
    "miniconda3",
    "miniforge3",
    "mambaforge",
    "anaconda3",
)
# Folders that hold more than the toolchain beside their `bin`.
_SHARED_PREFIXES = ("", ".local", ".cargo", ".config", ".cache", "go", ".npm", ".yarn")
# What builds read when there is no network. Never whole: credentials live beside these.
_CACHES = (".cargo/registry", ".cargo/git", "go/pkg/mod", ".m2/repository", ".local/lib")
_VARIABLES = (
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYENV_ROOT",
    "RUSTUP_HOME",
    "GOROOT",
    "GOMODCACHE",
    "NVM_DIR",
    "JAVA_HOME",
    "JDK_HOME",
    "DOTNET_ROOT",
    "ANDROID_HOME",
)
_MOST_LINKS = 2000


def toolchain_folders(
    environment: Mapping[str, str], roots: Sequence[str], visible: Sequence[str]
) -> list[str]:
    """Return the folders to show besides `visible` ones; `roots` are the workspace's."""
    home = home_of(environment)
    found = _Found(home, roots, visible)
    for root in roots:
        for name in (".venv", "venv", "env"):
            found.add_base_python(os.path.join(root, name))
    path = search_path(environment)
    for folder in path:
        found.add_bin(folder)
    for variable in _VARIABLES:
        value = os.path.normpath(environment.get(variable, ""))
        if os.path.isabs(value):
            found.add_base_python(value)
            found.add(value)
    if any(contains(f"{home}/.cargo", folder) for folder in path):
        found.add(f"{home}/.rustup")
    for name in _CACHES:
        found.add(f"{home}/{name}")
    return found.folders


class _Found:
    def __init__(self, home: str, roots: Sequence[str], visible: Sequence[str]) -> None:
        self.folders: list[str] = []
        self._home = home
        self._roots = roots
        self._visible = visible
        self._looked_at: set[str] = set()

    def add(self, folder: str) -> None:
        """Show a folder, unless it is shown already or would show too much."""
        if self._shown(folder) or contains(folder, self._home) or folder.count("/") < 2:
            return
        secrets = [f"{self._home}/{name}" for name in HOME_SECRETS]
        if any(contains(secret, folder) for secret in secrets) or not os.path.isdir(folder):
            return
        self.folders.append(folder)

    def add_bin(self, folder: str) -> None:
        """Show a folder of programs, the installation that it belongs to, and where links lead."""
        folder = os.path.normpath(folder)
        if folder in self._looked_at or not os.path.isdir(folder):
            return
        self._looked_at.add(folder)
        prefix = self._prefix(folder)
        self.add(prefix)
        self.add_base_python(prefix)
        self._follow_links(folder)

    def add_base_python(self, prefix: str) -> None:
        """Show the installation that a virtual environment is based on.

        The workspace's own environments are looked at too, and who wrote them may want to be shown
        more: what they name must look like an installed Python.
        """
        try:
            with open(os.path.join(prefix, "pyvenv.cfg"), encoding="utf-8") as file:
                lines = file.read(65536).splitlines()
        except (OSError, UnicodeDecodeError):
            return
        for line in lines:
            name, _, value = line.partition("=")
            value = os.path.normpath(value.strip())
            if name.strip() == "home" and os.path.isabs(value):
                # Both names: links in the environment use the one, Python may use the other.
                for folder in dict.fromkeys((value, os.path.realpath(value))):
                    if _is_python(folder):
                        self.add(self._prefix(folder))

    def _follow_links(self, folder: str) -> None:
        if contains("/usr", os.path.realpath(folder)) or self._in_workspace(folder):
            return
        try:
            with os.scandir(folder) as entries:
                links = [entry.path for entry in entries if entry.is_symlink()]
        except OSError:
            return
        for link in links[:_MOST_LINKS]:
            for target in (os.path.join(folder, os.readlink(link)), os.path.realpath(link)):
                if os.path.isfile(target) and not self._shown(os.path.normpath(target)):
                    self.add_bin(os.path.dirname(target))

    def _shown(self, path: str) -> bool:
        return self._in_workspace(path) or any(
            contains(folder, path) for folder in (*self._visible, *self.folders)
        )

    def _in_workspace(self, path: str) -> bool:
        return any(contains(root, path) for root in self._roots)

    def _prefix(self, folder: str) -> str:
        """Return the installation that a folder of programs belongs to."""
        for name in _MANAGERS:
            manager = f"{self._home}/{name}"
            if contains(manager, folder):
                return manager
        parent = os.path.dirname(folder)
        if os.path.basename(folder) not in ("bin", "sbin", "shims"):
            return folder
        if parent in {os.path.normpath(f"{self._home}/{name}") for name in _SHARED_PREFIXES}:
            return folder
        installed = ("lib", "lib64", "libexec", "share", "pyvenv.cfg", "pkg")
        if any(os.path.exists(os.path.join(parent, name)) for name in installed):
            return parent
        return folder


def _is_python(folder: str) -> bool:
    library = os.path.join(os.path.dirname(folder), "lib")
    return (
        os.path.basename(folder) == "bin"
        and os.access(os.path.join(folder, "python3"), os.X_OK)
        and any(name.startswith("python3") for name in _names(library))
    )


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
