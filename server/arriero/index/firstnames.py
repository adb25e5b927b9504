"""Which files a folder has, said before each of them was looked at, where nothing is known yet.

This is a third of what `index.catalogue.scan` takes without git, and two thirds with it. What is
said may be wrong for as long as that takes: a file that git tracks may be a link or a folder now.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack

from arriero.index.catalogue import MOST_FILES, MOST_SECONDS, Scan, Stamp, kept_by_rules, look
from arriero.index.paths import absolute, all_relative
from arriero.workspace.files import list_files
from arriero.workspace.folders import is_too_wide
from arriero.workspace.git import Asked, Records, ask_git
from arriero.workspace.gitfolder import top_of
from arriero.workspace.ignore import OwnRules

_TRACKED = ("ls-files", "-cstz")  # with what each is, and a letter for what became of it
_OTHERS = ("ls-files", "-oz", "--exclude-standard")
_DELETED = ("ls-files", "-dz")
_NAMED = 2  # times as many may git name as are taken: links and deleted files are left out
_MOST_OTHERS = 2_000  # that git does not track: to look at more takes as long as the scan
_FILES = (b"H 100644 ", b"H 100755 ")
_NO_FILES = (b"H 120000 ", b"S ")  # links, and what a sparse checkout leaves out
_MERGED = b" 0"


def first_names(root: str, *, most: int = MOST_FILES, exclude: Sequence[str] = ()) -> Scan | None:
    """Return all files as changed, with stamps that say nothing.

    None where a limit cuts the list off, and where git tells of what needs a closer look:
    repositories in the repository, conflicts, much that it does not track.
    """
    if is_too_wide(root):
        return None
    if top_of(root) is not None:
        found = _by_git(root, most, exclude)
    else:
        listing = list_files(root, limit=most, seconds=MOST_SECONDS, exclude=exclude)
        found = all_relative(root, listing.paths) if listing.complete else None
    if found is None or len(found) > most:
        return None
    names = dict.fromkeys(found, Stamp(0, 0, 0))
    return Scan(names, names, ())


def _by_git(root: str, most: int, exclude: Sequence[str]) -> Sequence[bytes] | None:
    deadline = time.monotonic() + MOST_SECONDS
    with ExitStack() as stack:
        # They work beside each other: to look for the others, or for each that is tracked, takes
        # git as long as all else here.
        others = stack.enter_context(Asked(root, _OTHERS))
        deleted = stack.enter_context(Asked(root, _DELETED))
        answer = ask_git(root, _TRACKED, seconds=MOST_SECONDS, limit=_NAMED * most)
        tracked = None if answer is None else _tracked(answer)
        if tracked is None:
            return None
        left = deadline - time.monotonic()
        more = others.records(seconds=left, limit=_MOST_OTHERS + 1)
        left = deadline - time.monotonic()
        gone = deleted.records(seconds=left, limit=_NAMED * most)
    if more is None or gone is None or not (_is_whole(more) and _is_whole(gone)):
        return None
    if any(name.endswith(b"/") for name in more.records):  # a repository in the repository
        return None
    for name in gone.records:
        tracked.pop(name, None)
    head = os.fsencode(absolute(root, b""))
    tracked.update((name, None) for name in more.records if look(head + name) is not None)
    return [*kept_by_rules(root, tracked, OwnRules(root, exclude))] or None


def _tracked(answer: Records) -> dict[bytes, None] | None:
    """Return the files that git tracks, None where not all of them are to be known from that."""
    if not _is_whole(answer):
        return None
    names: dict[bytes, None] = {}
    for record in answer.records:
        facts, _, name = record.partition(b"\t")
        if facts.startswith(_FILES) and facts.endswith(_MERGED):
            names[name] = None
        elif not facts.startswith(_NO_FILES):
            return None
    return names


def _is_whole(answer: Records) -> bool:
    return answer.complete and answer.exit_code == 0
