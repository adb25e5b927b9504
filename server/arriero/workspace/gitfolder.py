"""What a repository's own files say, read without git: where it is, and what it ignores by itself.

The layout is that of gitrepository-layout(5), the form of a configuration that of git-config(1);
includes in a configuration are not followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from arriero.workspace.ignorefile import read_lines

_SECTION = re.compile(r"\s*\[\s*([^\]\"\s]+)\s*\]")
_INCLUDE = re.compile(r"\s*\[\s*include", re.IGNORECASE)
_SETTING = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:=(.*))?$")
_COMMENT = re.compile(r"\s[#;]")
_TRUE = frozenset({"true", "yes", "on", "1"})


def top_of(folder: str) -> str | None:
    """Return the nearest folder, from this one up, that has a `.git`."""
    here = folder
    while not os.path.lexists(os.path.join(here, ".git")):
        above = os.path.dirname(here)
        if above == here:
            return None
        here = above
    return here


def exclude_lines(top: str) -> list[str]:
    """Return the rules that a repository has beside its `.gitignore` files, the weakest first."""
    return [*_global_lines(top), *read_lines(f"{common_of(top)}/info/exclude", follow=True)]


def index_file(folder: str) -> str | None:
    """Return the file in which git has what is tracked in a folder; None in no repository."""
    top = top_of(folder)
    return None if top is None else os.path.join(own_of(top), "index")


def ignores_case(top: str) -> bool:
    """Tell whether git takes `A` and `a` for one name in a repository."""
    return _configured(top, "ignorecase").lower() in _TRUE


def rule_files(top: str) -> list[str] | None:
    """Return the files, there or not, that have rules beside the `.gitignore` files.

    None where a configuration includes others, which are not followed.
    """
    of_user = _global_file(top)
    configured = [*_config_files(top), os.path.join(own_of(top), "config.worktree")]
    for path in configured:
        if any(_INCLUDE.match(line) for line in read_lines(path, follow=True)):
            return None
    if not os.path.isabs(of_user):
        return None
    return [*configured, os.path.join(common_of(top), "info/exclude"), of_user]


def _global_lines(top: str) -> list[str]:
    path = _global_file(top)
    return read_lines(path, follow=True) if os.path.isabs(path) else []


def _global_file(top: str) -> str:
    said = _configured(top, "excludesfile")
    return os.path.expanduser(said) if said else os.path.join(_config_folder(), "ignore")


def common_of(top: str) -> str:
    """Return the folder of what all work trees of a repository share."""
    place = own_of(top)
    shared = next(iter(read_lines(os.path.join(place, "commondir"))), "").strip()
    return os.path.normpath(os.path.join(place, shared))


def own_of(top: str) -> str:
    """Return the folder of what git has of one work tree."""
    place = os.path.join(top, ".git")
    if os.path.isfile(place):  # a linked work tree, or a submodule
        said = next(iter(read_lines(place)), "")
        place = os.path.join(top, said.removeprefix("gitdir:").strip())
    return place


def _config_folder() -> str:
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(home, "git")


def _configured(top: str, key: str) -> str:
    """Return a setting of section `core`; '' where it is not set."""
    found = ""
    for path in _config_files(top):
        for name, value in _core(read_lines(path, follow=True)):
            found = value if name == key else found
    return found


def _config_files(top: str) -> tuple[str, ...]:
    return (
        "/etc/gitconfig",
        os.path.join(_config_folder(), "config"),
        os.path.expanduser("~/.gitconfig"),
        os.path.join(common_of(top), "config"),
    )


def _core(lines: list[str]) -> Iterator[tuple[str, str]]:
    section = ""
    for line in lines:
        rest = line
        head = _SECTION.match(line)
        if head or line.lstrip().startswith("["):
            section = head[1].lower() if head else ""
            rest = line[head.end() :] if head else ""
        comment = _COMMENT.search(rest, rest.rfind('"') + 1)
        setting = _SETTING.match(rest[: comment.start()] if comment else rest)
        if section == "core" and setting:
            value = "true" if setting[2] is None else setting[2].strip().strip('"')
            yield setting[1].lower(), value
