"""Files that other programs obey, so that a command must not bring them into a proposal.

They are refused by name when a shadow is read back, so that it makes no difference whether they
exist already; an edit of one is asked about. Names are compared as the most forgiving file system
does: macOS takes `.Git` and a name with an invisible character for `.git`, Windows `.git.` and
`git~1`.
"""

from __future__ import annotations

import unicodedata

_FOLDERS = frozenset(
    {
        ".arriero",
        ".claude",
        ".codex",
        ".continue",
        ".cursor",
        ".devcontainer",
        ".gemini",
        ".helix",
        ".husky",
        ".idea",
        ".kiro",
        ".opencode",
        ".roo",
        ".vscode",
        ".windsurf",
        ".zed",
    }
)
_FILES = frozenset(
    {
        ".aider.conf.yml",
        ".autoenv",
        ".autoenv.zsh",
        ".bash_aliases",
        ".bash_login",
        ".bash_logout",
        ".bash_profile",
        ".bashrc",
        ".cshrc",
        ".dir-locals-2.el",
        ".dir-locals.el",
        ".envrc",
        ".exrc",
        ".gdbinit",
        ".ghci",
        ".gitmodules",
        ".gvimrc",
        ".iex.exs",
        ".inputrc",
        ".irbrc",
        ".kshrc",
        ".lefthook.yaml",
        ".lefthook.yml",
        ".lldbinit",
        ".login",
        ".lvimrc",
        ".mcp.json",
        ".nvim.lua",
        ".nvimrc",
        ".pam_environment",
        ".pre-commit-config.yaml",
        ".profile",
        ".pryrc",
        ".rprofile",
        ".tcshrc",
        ".vimrc",
        ".xprofile",
        ".zlogin",
        ".zlogout",
        ".zprofile",
        ".zshenv",
        ".zshrc",
        "config.fish",
        "head",  # makes a repository of the folder that it is in, with settings of its own
        "lefthook.yaml",
        "lefthook.yml",
        "opencode.json",
    }
)
_ENDINGS = (".code-workspace",)
_REPOSITORY = frozenset({".git", "git~1"})
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
    parts = _as_compared(relative)
    last = parts[-1]
    return last in _FILES or last.endswith(_ENDINGS) or not _FOLDERS.isdisjoint(parts)


def is_repository(relative: str) -> bool:
    """Whether a path belongs to git's own data."""
    return not _REPOSITORY.isdisjoint(_as_compared(relative))


def is_cache(relative: str) -> bool:
    """Whether a path is a tool's cache, to be treated as ignored."""
    return not _CACHES.isdisjoint(relative.split("/"))


def _as_compared(relative: str) -> list[str]:
    text = relative
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        # What is not seen: joiners, marks of direction.
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return [part.rstrip(". ") or part for part in text.casefold().split("/")]
