"""Which paths are ignored, without git: as git would say, and by rules that are for us alone.

Git's are `.gitignore` in any folder, `info/exclude`, and the user's own file. Ours are `.ignore`,
which other search tools read as well, `.arrierignore`, and patterns from the settings; they leave
out more, also what is tracked, and never bring back what git ignores.
"""

from __future__ import annotations

import functools
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from arriero.workspace.confine import is_beneath
from arriero.workspace.gitfolder import exclude_lines, ignores_case, top_of
from arriero.workspace.ignorefile import Rule, lowered, parse, read_lines

IGNORE_FILE = ".gitignore"
OWN_IGNORE_FILES = (".ignore", ".arrierignore")  # the later one decides
IGNORE_FILES = frozenset({IGNORE_FILE, *OWN_IGNORE_FILES})
_TELLING = IGNORE_FILES | {".git"}
_MOST_CHAINS = 50_000
_NOTHING: frozenset[str] = frozenset()


class IgnoreRules:
    """The rules of one folder and of those beneath it, read when first asked for.

    A look at one moment: make a new one when an ignore file changed. `.git` is always ignored.
    A repository in the folder has git's rules from its own top on, as with git.
    """

    def __init__(self, root: str, own: OwnRules | None = None) -> None:
        """Take the absolute folder where the rules begin, and those that are not git's, if any.

        Where it lies in a repository that does not ignore it, git's begin at the repository's top.
        """
        self.root = root
        self._git = GitRules(root)
        self._own = own
        self._folder_ignored = functools.lru_cache(maxsize=50_000)(self._judge_folder)

    def saw(self, folder: str, names: Collection[str]) -> None:
        """Take note of what is in a folder, so that files which are not there are not opened."""
        present = _TELLING.intersection(names)
        self._git.saw(folder, present)
        if self._own is not None:
            self._own.saw(folder, present)

    def ignores(self, path: str, *, is_directory: bool) -> bool:
        """Tell whether a path beneath the root is ignored, by itself or with a folder above it."""
        if path == self.root:
            return False
        above = self._folder_ignored(os.path.dirname(path))
        return above or self.ignores_here(path, is_directory=is_directory)

    def ignores_here(self, path: str, *, is_directory: bool) -> bool:
        """Tell the same of a path whose folder is known not to be ignored."""
        return (
            path.endswith("/.git")
            or (self._own is not None and self._own.ignores_here(path, is_directory=is_directory))
            or self._git.ignores_here(path, is_directory=is_directory)
        )

    def is_free(self, folder: str) -> bool:
        """Tell whether no rule is about what is directly in a folder, but that on `.git`."""
        return self._git.is_free(folder) and (self._own is None or self._own.is_free(folder))

    def _judge_folder(self, folder: str) -> bool:
        return folder not in (self.root, "/") and self.ignores(folder, is_directory=True)


@dataclass(frozen=True)
class _Here:
    """The rules of one folder, the strongest first; `is_last` where none above it count."""

    rules: tuple[Rule, ...]
    is_last: bool = False


_Chain = tuple[tuple[str, tuple[Rule, ...]], ...]


class _Layer(ABC):
    """Rules of one kind: the nearest folder that has one for a path decides."""

    def __init__(self, base: str, *, ignore_case: bool) -> None:
        self.base = base
        self.ignore_case = ignore_case
        self._present: dict[str, frozenset[str]] = {}
        self._chains: dict[str, _Chain] = {}
        self._rules_in: Callable[[str], _Here] = functools.lru_cache(maxsize=10_000)(self._read)

    def saw(self, folder: str, present: frozenset[str]) -> None:
        if len(self._present) < 100_000:
            self._present[folder] = present or _NOTHING

    def ignores_here(self, path: str, *, is_directory: bool) -> bool:
        for folder, rules in self._chain(path.rpartition("/")[0] or "/"):
            beneath = path[len(folder) :].lstrip("/")
            parts = (lowered(beneath) if self.ignore_case else beneath).split("/")
            for rule in rules:
                if rule.matches(parts, is_directory=is_directory):
                    return not rule.negated
        return False

    def is_free(self, folder: str) -> bool:
        """Tell whether there is no rule at all for what is directly in a folder of the base."""
        return not self._chain(folder)

    def _chain(self, folder: str) -> _Chain:
        """Return the folders with rules for what is in a folder, the nearest first: mostly none."""
        new: list[str] = []
        at = folder
        while (chain := self._chains.get(at)) is None:
            new.append(at)
            if self._rules_in(at).is_last or at in (self.base, "/"):
                chain = ()
                break
            at = os.path.dirname(at)
        if len(self._chains) > _MOST_CHAINS:
            self._chains.clear()
        for at in reversed(new):
            rules = self._rules_in(at).rules
            chain = ((at, rules), *chain) if rules else chain
            self._chains[at] = chain
        return chain

    @abstractmethod
    def _read(self, folder: str) -> _Here:
        """Return the rules of one folder."""

    def _lines(self, folder: str, names: Iterable[str]) -> list[str]:
        present = self._present.get(folder, _TELLING)
        return [
            line
            for name in names
            if name in present
            for line in read_lines(os.path.join(folder, name))
        ]

    def _parsed(self, lines: Iterable[str]) -> tuple[Rule, ...]:
        return parse(lines, ignore_case=self.ignore_case)


class GitRules(_Layer):
    """What git ignores, but for what it tracks."""

    def __init__(self, root: str) -> None:
        top = top_of(root)
        ignore_case = ignores_case(top) if top is not None else has_one_case(root)
        super().__init__(top or root, ignore_case=ignore_case)
        if self._is_ignored(root):
            self.base = root
            self._chains.clear()

    def _is_ignored(self, root: str) -> bool:
        folder = root
        while folder != self.base and is_beneath(folder, self.base):
            if self.ignores_here(folder, is_directory=True):
                return True
            folder = os.path.dirname(folder)
        return False

    def _read(self, folder: str) -> _Here:
        rules = self._parsed(self._lines(folder, (IGNORE_FILE,)))
        if ".git" not in self._present.get(folder, _TELLING) or not os.path.lexists(
            os.path.join(folder, ".git")
        ):
            return _Here(rules)
        return _Here(rules + self._parsed(exclude_lines(folder)), is_last=True)


class OwnRules(_Layer):
    """What is left out for us alone."""

    def __init__(self, root: str, exclude: Sequence[str] = ()) -> None:
        top = top_of(root)
        ignore_case = ignores_case(top) if top is not None else has_one_case(root)
        super().__init__(root, ignore_case=ignore_case)
        self._always = self._parsed(exclude)
        self._folder_ignored = functools.lru_cache(maxsize=50_000)(self._judge_folder)

    def without_ignored(self, paths: Iterable[str]) -> list[str]:
        """Return those files of some paths beneath the root that are not ignored."""
        return [
            path
            for path in paths
            if self.is_free(os.path.dirname(path)) or not self.ignores(path, is_directory=False)
        ]

    def with_rules(self, folders: Iterable[str]) -> frozenset[str]:
        """Return those of many folders beneath the root for which there is a rule at all."""
        wanted = set(folders)
        above = {self.base}
        for folder in wanted:
            at = folder
            while at not in above and is_beneath(at, self.base):
                above.add(at)
                at = os.path.dirname(at)
        # The usual case: to look for the files is a fraction of the way through all rules.
        if not self._always and not any(
            os.path.lexists(f"{folder}/{name}") for folder in above for name in OWN_IGNORE_FILES
        ):
            return frozenset()
        return frozenset(folder for folder in wanted if not self.is_free(folder))

    def ignores(self, path: str, *, is_directory: bool) -> bool:
        """As `IgnoreRules.ignores`."""
        above = self._folder_ignored(os.path.dirname(path))
        return above or self.ignores_here(path, is_directory=is_directory)

    def _judge_folder(self, folder: str) -> bool:
        if folder in (self.base, "/") or not is_beneath(folder, self.base):
            return False
        return self.ignores(folder, is_directory=True)

    def _read(self, folder: str) -> _Here:
        rules = self._parsed(self._lines(folder, OWN_IGNORE_FILES))
        return _Here(rules + self._always if folder == self.base else rules)


def has_one_case(path: str) -> bool:
    """Tell whether a path's file system takes `A` and `a` for one name, by the path's own last one.

    What is found by the other name is either the same file, or, where a file has a number for each
    of its names (some of FUSE), nothing that is listed.
    """
    head, name = os.path.split(path)
    other = name.swapcase()
    try:
        found = os.lstat(os.path.join(head, other))
        return other != name and (
            os.path.samestat(found, os.lstat(path)) or other not in os.listdir(head)
        )
    except OSError:
        return False
