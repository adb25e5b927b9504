"""What a repository's own files say, read without git: where it is, and what it ignores by itself.

The layout is that of gitrepository-layout(5), the form of a configuration that of git-config(1);
what a configuration includes does not count.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from arriero.workspace.ignorefile import read_lines

_SECTION = re.compile(r'\s*\[\s*([^\]"\s]+)(\s+"(?:\\.|[^"\\])*")?\s*\]')
_SETTING = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:=(.*))?$")
_COMMENT = re.compile(r"\s[#;]")
_TRUE = frozenset({"true", "yes", "on", "1"})
_INCLUDES = frozenset({"include", "includeif"})
_MOST_CONFIGURATIONS = 50


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
    return (_configured(top, "ignorecase") or "").lower() in _TRUE


def rule_files(top: str) -> tuple[list[str], bool]:
    """Return the files, there or not, that have rules beside the `.gitignore` files.

    The second is False where these may not be all: a configuration includes others. Which of them
    git reads depends on more than files, so all that can be found are returned.
    """
    named = [os.path.join(common_of(top), "info/exclude"), _global_file(top)]
    configured: dict[str, None] = {}
    waiting = [*_shared_config_files(top), _own_config_file(top)]
    sure = True
    while waiting and len(configured) < _MOST_CONFIGURATIONS:
        path = waiting.pop(0)
        if path in configured:
            continue
        configured[path] = None
        for section, name, value in _settings(read_lines(path, follow=True)):
            if section in _INCLUDES:
                sure = False
            if section in _INCLUDES and name == "path":
                waiting.append(os.path.join(os.path.dirname(path), os.path.expanduser(value)))
            elif section == "core" and name == "excludesfile":
                named.append(os.path.expanduser(value))
    named = [os.path.join(top, path) for path in named if path]
    return [path for path in dict.fromkeys((*configured, *named)) if "\0" not in path], sure


def _global_lines(top: str) -> list[str]:
    path = _global_file(top)
    return read_lines(path, follow=True) if os.path.isabs(path) else []


def _global_file(top: str) -> str:
    """Return the file of the user's own rules; "" where it is set to be none."""
    said = _configured(top, "excludesfile")
    return os.path.join(_config_folder(), "ignore") if said is None else os.path.expanduser(said)


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


def _configured(top: str, key: str) -> str | None:
    """Return a setting of section `core`; None where it is not set."""
    found = None
    for path in _config_files(top):
        for name, value in _core(read_lines(path, follow=True)):
            found = value if name == key else found
    return found


def _config_files(top: str) -> tuple[str, ...]:
    shared = _shared_config_files(top)
    of_repository = _settings(read_lines(shared[-1], follow=True))
    said = [value for *key, value in of_repository if key == ["extensions", "worktreeconfig"]]
    has_own = bool(said) and said[-1].lower() in _TRUE
    return (*shared, _own_config_file(top)) if has_own else shared


def _own_config_file(top: str) -> str:
    """Return the file of settings for one work tree, which counts where it is asked for."""
    return os.path.join(own_of(top), "config.worktree")


def _shared_config_files(top: str) -> tuple[str, ...]:
    return (
        "/etc/gitconfig",
        os.path.join(_config_folder(), "config"),
        os.path.expanduser("~/.gitconfig"),
        os.path.join(common_of(top), "config"),
    )


def _core(lines: list[str]) -> Iterator[tuple[str, str]]:
    return ((name, value) for section, name, value in _settings(lines) if section == "core")


def _settings(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield section, name and value of settings; of sections that have a name, of includes only."""
    section = ""
    for line in lines:
        rest = line
        head = _SECTION.match(line)
        if head or line.lstrip().startswith("["):
            section = head[1].lower() if head else ""
            section = "" if head and head[2] and section not in _INCLUDES else section
            rest = line[head.end() :] if head else ""
        comment = _COMMENT.search(rest, rest.rfind('"') + 1)
        setting = _SETTING.match(rest[: comment.start()] if comment else rest)
        if section and setting:
            value = "true" if setting[2] is None else setting[2].strip().strip('"')
            yield section, setting[1].lower(), value
