"""Whether git itself may run a program that a repository names, or read a file from elsewhere.

A repository's settings, hooks and modules can name programs that git runs when it is only asked for
a status, and its files may be links. Here they are read strictly, as git-config(1),
gitrepository-layout(5) and githooks(5) have them: what is not known to be harmless is told.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence

from arriero.workspace.confine import is_beneath
from arriero.workspace.gitfolder import common_of, own_of, top_of

_MOST_BYTES = 64 << 20  # of an index
_MODULE = b"\x00\x00\xe0\x00"  # the mode of a module's entry, gitformat-index(5)
_ELSEWHERE = re.compile(r"gitdir: \S(?:.*\S)?\n?")
_FOLDERS = (".", "info", "objects", "objects/info", "logs", "rebase-merge", "rebase-apply",
            "sequencer")  # fmt: skip
_COMMON = re.compile(r"\S(?:.*\S)?\n?")
_SECTION = re.compile(r'\[\s*([A-Za-z-]+)(?:\s*"[^"\\]*")?\s*\]')
_SETTING = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(?:\s*=(.*))?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN: dict[str, frozenset[str] | None] = {
    "core": _words(
        "repositoryformatversion filemode bare logallrefupdates ignorecase precomposeunicode "
        "symlinks autocrlf eol safecrlf quotepath abbrev compression longpaths hookspath "
        "untrackedcache preloadindex commitgraph sparsecheckout sparsecheckoutcone"
    ),
    "remote": _words("url fetch pushurl tagopt prune gh-resolved pushdefault"),
    "branch": None,
    "extensions": frozenset({"objectformat", "refstorage"}),
    "user": _words("name email signingkey"),
    "color": _words("ui status diff branch"),
    "init": frozenset({"defaultbranch"}),
    "pull": frozenset({"rebase", "ff"}),
    "push": frozenset({"default", "autosetupremote", "followtags"}),
    "fetch": frozenset({"prune", "prunetags"}),
    "rebase": frozenset({"autostash", "autosquash"}),
    "merge": frozenset({"conflictstyle", "ff"}),
    "rerere": frozenset({"enabled", "autoupdate"}),
    "commit": frozenset({"gpgsign", "verbose"}),
    "tag": frozenset({"gpgsign", "sort"}),
    "gui": frozenset({"wmstate", "geometry"}),
    "gc": frozenset({"auto"}),
    "maintenance": None,
    "lfs": frozenset({"repositoryformatversion"}),
}
"""Sections and their settings that name no program and no file; None: all of a section."""


def problem_in(folder: str, roots: Sequence[str]) -> str:
    """Return why git may do more in a folder than look at the workspace; empty if it may not.

    All paths are canonical. Blocks, for few small files.
    """
    top = top_of(folder)
    for place in _up_to(folder, top):
        # Without `.git`, git takes a folder that looks like its own for a repository.
        if os.path.lexists(os.path.join(place, "HEAD")):
            return f"{place} may be a repository of its own"
    if top is None:
        return ""
    try:
        return next(_problems(top, roots), "")
    except (OSError, ValueError) as error:
        return f"the repository's files cannot be read ({type(error).__name__})"


def _up_to(folder: str, top: str | None) -> Iterator[str]:
    while True:
        yield folder
        above = os.path.dirname(folder)
        if folder in (top, above):
            return
        folder = above


def _problems(top: str, roots: Sequence[str]) -> Iterator[str]:
    own, common = own_of(top), common_of(top)
    # As plain as git itself writes them: what else there is, it may read otherwise than we do.
    for path, plain in ((os.path.join(top, ".git"), _ELSEWHERE), (f"{own}/commondir", _COMMON)):
        if not os.path.isdir(path) and os.path.lexists(path) and not plain.fullmatch(_text(path)):
            yield f"{path} cannot be read"
    for place in {own, common}:
        yield from _odd_files(place)
    if not _belongs(top, own, common, roots):
        yield "the repository's own files are elsewhere"
    hooks = [os.path.join(common, "hooks")]
    for name, value in _settings(os.path.join(common, "config")):
        section, _, key = name.rpartition(".")
        keys = _PLAIN.get(section, frozenset())
        if keys is not None and key not in keys:
            yield f"the repository sets {name}, with which git may run a program or look elsewhere"
        if name == "core.hookspath":
            hooks.append(os.path.join(top, os.path.expanduser(value)))
    # Of all hooks this is the one that is run where nothing is changed: when an index is read anew.
    if any(os.path.lexists(os.path.join(place, "post-index-change")) for place in hooks):
        yield "the repository has a hook for that"
    if any(_has_modules(path) for path in _indexes(own)):
        yield "the repository has modules, with settings of their own"


def _belongs(top: str, own: str, common: str, roots: Sequence[str]) -> bool:
    """Whether git's folder is in the workspace, or says itself that this is its work tree."""
    if all(any(is_beneath(os.path.realpath(p), root) for root in roots) for p in (own, common)):
        return True
    back = os.path.join(own, "gitdir")
    if not os.path.lexists(back):
        # A folder in a repository whose top is above the workspace.
        return own == os.path.join(top, ".git") and not os.path.islink(own)
    return os.path.realpath(_text(back).strip()) == os.path.realpath(os.path.join(top, ".git"))


def _odd_files(place: str) -> Iterator[str]:
    """Links: git tells of what it cannot read in them, so that they show files of elsewhere."""
    for folder in _FOLDERS:
        try:
            with os.scandir(os.path.join(place, folder)) as entries:
                found = next((entry.name for entry in entries if entry.is_symlink()), None)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if found is not None:
            yield f"the repository's {os.path.normpath(f'{folder}/{found}')} is a link"
    if os.path.lexists(os.path.join(place, "config.worktree")):
        yield "the repository has further settings"


def _settings(path: str) -> Iterator[tuple[str, str]]:
    """Yield names in lower case, without subsections, and values; raises ValueError."""
    section = ""
    for line in map(str.strip, _text(path).split("\n") if os.path.lexists(path) else ()):
        if not line or line[0] in "#;":
            continue
        head = _SECTION.fullmatch(line)
        if head:
            section = head[1].lower()
            continue
        setting = _SETTING.fullmatch(line)
        if not setting or line.endswith("\\"):
            raise ValueError(line)
        value = (setting[2] or "").strip()
        if setting[1].lower() == "hookspath" and not re.fullmatch(r"[\w./~-]+", value):
            raise ValueError(line)
        yield f"{section}.{setting[1].lower()}", value


def _indexes(own: str) -> Iterator[str]:
    with os.scandir(own) as entries:
        for entry in entries:
            if entry.name == "index" or entry.name.startswith("sharedindex."):
                yield entry.path


def _has_modules(path: str) -> bool:
    """Whether an index may have a module. Other bytes may look the same, rarely: then it says yes.

    Up to version 3 entries begin at a multiple of 8 bytes behind a head of 12, and have the mode
    24 bytes later.
    """
    data = _bytes(path, _MOST_BYTES)
    aligned = int.from_bytes(data[4:8], "big") < 4
    found = data.find(_MODULE)
    while found >= 0 and aligned and found % 8 != 4:
        found = data.find(_MODULE, found + 1)
    return found >= 0


def _text(path: str) -> str:
    return _bytes(path, 1 << 20).decode()


def _bytes(path: str, most: int) -> bytes:
    """Return a regular file's content; raises OSError, and ValueError where it is not one."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise ValueError(path)
        return file.read(most)
