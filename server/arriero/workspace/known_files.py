"""The files of a folder, listed anew only when something says that the list may be another one.

To ask git takes longer than all else that a copy does before a command. A list holds while every
folder that is not ignored, every file of rules and git's index are as they were when it was made:
a name that comes or goes changes its folder's time, a rule the time of its file.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from arriero.workspace.files import Listing, ignored_among, list_files
from arriero.workspace.gitfolder import index_file, rule_files, top_of
from arriero.workspace.ignore import IGNORE_FILE

_MOST_FOLDERS = 20_000
_DEEPEST_HOLLOW = 16  # folders in folders without a single file that is listed
# The kernel's clock for files goes in steps of 10 ms at most, that of some file systems in seconds.
_STEP = 100_000_000  # ns
_WHOLE = 1_000_000_000
_WHOLE_STEP = 2_100_000_000

# Inode, size, time of the content and time of the state, in ns; None where there is nothing.
_Stamp = tuple[int, int, int, int] | None


@dataclass(frozen=True)
class _Known:
    listing: Listing
    top: str | None
    stamps: dict[str, _Stamp]
    sure: bool

    def holds(self, root: str) -> bool:
        return (
            self.sure
            and top_of(root) == self.top
            and all(_stamp(path) == stamp for path, stamp in self.stamps.items())
        )


class KnownFiles:
    """The lists of a few folders. They are asked for in threads."""

    def __init__(
        self, list_anew: Callable[[str], Listing] = lambda root: list_files(root, only_git=True)
    ) -> None:
        """`list_anew` lists the files of a folder that are not ignored."""
        self._list_anew = list_anew
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def __call__(self, root: str) -> Sequence[str]:
        """Return the absolute paths of the files of a folder that are not ignored."""
        with self._lock:
            known = self._known.get(root)
            if known is None or not known.holds(root):
                known = self._known[root] = self._listed(root, known)
            return known.listing.paths

    def _listed(self, root: str, before: _Known | None) -> _Known:
        began = time.time_ns()
        earlier = {path: _stamp(path) for path in before.stamps} if before else None
        listing, top = self._list_anew(root), top_of(root)
        try:
            stamps = {path: _stamp(path) for path in _watched(root, top, listing.paths)}
        except _NotTold:
            return _Known(listing, top, {}, sure=False)
        # What changed while it was listed, or so shortly before that the next change may have the
        # same time, is not known.
        sure = stamps == earlier and all(_is_settled(stamp, began) for stamp in stamps.values())
        return _Known(listing, top, stamps, sure and listing.complete)


class _NotTold(Exception):
    """A change of the list would not show in what can be looked at."""


def _watched(root: str, top: str | None, paths: Iterable[str]) -> Iterator[str]:
    """Yield all that a change of the list shows in. Raises _NotTold where that is not enough."""
    files, sure = rule_files(top if top is not None else root)
    if not sure:
        raise _NotTold
    yield from files
    index = index_file(root)
    if index is not None:
        yield index
    above = root
    while top is not None and above != top:
        above = os.path.dirname(above)
        yield os.path.join(above, IGNORE_FILE)
    known = _folders_of(root, paths)
    new: Iterable[str] = list(known)
    for _ in range(_DEEPEST_HOLLOW):
        if len(known) > _MOST_FOLDERS:
            raise _NotTold
        hollow = []
        for folder in new:
            yield folder
            hollow += [path for path in _looked_into(root, folder) if path not in known]
            yield os.path.join(folder, IGNORE_FILE)
        if not hollow:
            return
        hidden = ignored_among(root, hollow, only_git=True)
        new = [path for path in hollow if path not in hidden]
        known.update(new)
    raise _NotTold


def _folders_of(root: str, paths: Iterable[str]) -> set[str]:
    found = {root}
    for path in paths:
        folder = os.path.dirname(path)
        while folder not in found:
            found.add(folder)
            folder = os.path.dirname(folder)
    return found


def _looked_into(root: str, folder: str) -> list[str]:
    """Return the folders in a folder. Raises _NotTold for a repository in the repository."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name == ".git":
                    if folder != root:
                        raise _NotTold
                elif entry.is_dir(follow_symlinks=False):
                    found.append(entry.path)
    except OSError as error:
        # Nobody can tell what comes and goes in it.
        raise _NotTold from error
    return found


def _stamp(path: str) -> _Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_settled(stamp: _Stamp, now: int) -> bool:
    if stamp is None:
        return True
    last = max(stamp[2], stamp[3])
    coarse = not stamp[2] % _WHOLE and not stamp[3] % _WHOLE
    return now - last > (_WHOLE_STEP if coarse else _STEP)
