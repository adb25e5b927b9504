"""Files that a command must not bring into a proposal, because other programs obey them.

They are refused by name when a shadow is read back, so that it makes no difference whether they
exist already.
"""

from __future__ import annotations

_FOLDERS = frozenset({".vscode", ".idea", ".arriero"})
_FILES = frozenset(
    {
        ".gitmodules",
        ".mcp.json",
        ".bashrc",
        ".bash_profile",
        ".bash_login",
        ".bash_logout",
        ".profile",
        ".zshrc",
        ".zshenv",
        ".zprofile",
        ".zlogin",
        ".envrc",
    }
)
# Written by tools beside what they read, also where nobody has listed them as ignored.
_CACHES = frozenset(
    {
        "__pycache__",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
        ".tox",
        "node_modules",
        ".DS_Store",
    }
)


def is_protected(relative: str) -> bool:
    """Whether a path in a workspace folder (`a/b/c`) is one that commands may not change."""
    parts = relative.split("/")
    return parts[-1] in _FILES or not _FOLDERS.isdisjoint(parts)


def is_repository(relative: str) -> bool:
    """Whether a path belongs to git's own data."""
    return ".git" in relative.split("/")


def is_cache(relative: str) -> bool:
    """Whether a path is a tool's cache, to be treated as ignored."""
    return not _CACHES.isdisjoint(relative.split("/"))
