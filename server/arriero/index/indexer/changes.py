"""What a change on disk means for the index."""

from __future__ import annotations

import os
from collections.abc import Iterable, Set
from dataclasses import dataclass

from arriero.index.catalogue import is_behind_link, look
from arriero.index.indexer.store import Store
from arriero.index.indexer.work import Options
from arriero.index.paths import absolute, relative
from arriero.workspace.files import ignored_among
from arriero.workspace.ignore import IGNORE_FILES, has_one_case


@dataclass(frozen=True)
class Judged:
    """Files to read again; `unclear` where only a look at everything tells."""

    names: tuple[bytes, ...]
    unclear: bool = False


def names_of(root: str, changes: Iterable[tuple[str, str]]) -> tuple[list[bytes], bool]:
    """Return the names of changed paths, and whether anything else may have changed as well.

    Each change is a path and a kind of `workspace.folderwatch.Changed`.
    """
    names: list[bytes] = []
    unclear = False
    for path, kind in changes:
        name = relative(root, path)
        if name is None or kind == "rescan":
            unclear = True
            continue
        names.append(name)
        unclear = unclear or os.path.basename(path) in IGNORE_FILES
    return names, unclear


def judge(
    root: str, store: Store, reading: Set[bytes], names: Iterable[bytes], options: Options
) -> Judged:
    """Find the files that changes of some paths are about: known ones, new ones if not ignored.

    A path that is no file may have been one, or a folder of files. Where the file system takes two
    spellings for one name, only a look at everything tells which of them is listed. Those that are
    being read (`reading`) count as known, also at their first time: what was read may be of before
    the change.
    Of new files only as many are taken that there are at most `options.most_files`.
    """
    read_beneath = _by_folder(reading)
    wanted: dict[bytes, None] = {}
    new: dict[str, bytes] = {}
    unclear = False
    for name in names:
        path = absolute(root, name)
        if name in reading or store.known(name) is not None:
            wanted[name] = None
        # It was a folder, or is one that is no more to be followed.
        wanted.update(dict.fromkeys([*store.beneath(name), *read_beneath.get(name, ())]))
        if look(path) is None or is_behind_link(path):
            unclear = unclear or (os.path.isdir(path) and not os.path.islink(path))
        elif has_one_case(path) and _is_another_spelling(store, path, name):
            unclear = True
        elif name not in wanted:
            new[path] = name
    if new and store.count() + len(new) <= options.most_files:
        kept = new.keys() - ignored_among(root, new, exclude=options.exclude)
        wanted.update({new[path]: None for path in new if path in kept})
    return Judged(tuple(wanted), unclear)


def _is_another_spelling(store: Store, path: str, name: bytes) -> bool:
    """Tell whether a file is listed, or known, by a name that differs in case."""
    folder, last = os.path.split(path)
    try:
        return last not in os.listdir(folder) or store.knows_in_another_case(name)
    except OSError:  # it is gone meanwhile
        return True


def _by_folder(names: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    """Return the names by each of the folders that they are in, directly or not."""
    found: dict[bytes, list[bytes]] = {}
    for name in names:
        folder = name
        while folder := folder.rpartition(b"/")[0]:
            found.setdefault(folder, []).append(name)
    return found
