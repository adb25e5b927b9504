"""Files that git tracks although its rules name them: rules are for what is not tracked.

They are few, as a rule, and git alone knows them: its list of what is tracked is its *index*, a
file that it replaces with each change.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from arriero.workspace.git import ask_git
from arriero.workspace.gitfolder import index_file, rule_files, top_of
from arriero.workspace.ignore import IGNORE_FILE, OwnRules

_MOST_FILES = 20_000
_MOST_REPOSITORIES = 30
_SECONDS = 5.0

_Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Kept:
    """Tracked files of one folder that git's rules name, and the folders on the way to them.

    `asked` are the folders in which git was asked, `read` its lists as they were then, `rules` the
    files of rules outside of what is watched.
    """

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    asked: tuple[str, ...] = field(default=(), compare=False)
    read: tuple[tuple[str, _Stamp | None], ...] = field(default=(), compare=False)
    rules: tuple[tuple[str, _Stamp | None], ...] = field(default=(), compare=False)

    def __contains__(self, path: str) -> bool:
        return path in self.files or path in self.folders

    @property
    def is_old(self) -> bool:
        """Whether git replaced one of its lists since."""
        return any(_stamp(path) != stamp for path, stamp in self.read)

    @property
    def has_old_rules(self) -> bool:
        """Whether a file of rules, such as `.git/info/exclude`, changed since."""
        return any(_stamp(path) != stamp for path, stamp in self.rules)


def kept_in(root: str, own: OwnRules, repositories: Sequence[str] = ()) -> Kept:
    """Ask git for the tracked files of a folder, and of repositories within it, that rules name.

    What `own` ignores is left out, tracked or not. Without git there are none.
    """
    asked = dict.fromkeys((root, *repositories[:_MOST_REPOSITORIES]))
    read = tuple((path, _stamp(path)) for path in map(index_file, asked) if path)
    of_rules = dict.fromkeys(path for folder in asked for path in _rules_outside(folder))
    rules = tuple((path, _stamp(path)) for path in of_rules)
    files = {
        path
        for folder in asked
        for path in _named(folder)
        if not own.ignores(path, is_directory=False)
    }
    folders = {folder for path in files for folder in _above(path, root)}
    return Kept(frozenset(files), frozenset(folders), tuple(asked), read, rules)


def _named(folder: str) -> Iterator[str]:
    answer = ask_git(
        folder, ["ls-files", "-ciz", "--exclude-standard"], seconds=_SECONDS, limit=_MOST_FILES
    )
    if answer is not None and (answer.exit_code == 0 or not answer.complete):
        for name in answer.records:
            yield os.path.join(folder, os.fsdecode(name))


def _rules_outside(folder: str) -> Iterator[str]:
    """Yield the files of rules for a folder that lie neither in it nor beneath it."""
    top = top_of(folder) or folder
    yield from rule_files(top)[0]
    above = folder
    while above != top:
        above = os.path.dirname(above)
        yield os.path.join(above, IGNORE_FILE)


def _above(path: str, root: str) -> Iterator[str]:
    folder = os.path.dirname(path)
    while len(folder) > len(root):
        yield folder
        folder = os.path.dirname(folder)


def _stamp(path: str) -> _Stamp | None:
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
