"""Which files there are, and which of them are as they were when they were indexed."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from arriero.index.closed import closed_folders, told
from arriero.index.paths import absolute, all_relative
from arriero.workspace.files import list_files, list_nested
from arriero.workspace.folders import MOST_OF_A_HOME, is_too_wide
from arriero.workspace.git import Asked, ask_git
from arriero.workspace.gitfolder import top_of
from arriero.workspace.ignore import OwnRules
from arriero.workspace.naming import visible
from arriero.workspace.walk import is_closed

MOST_FILES = 200_000
MOST_SECONDS = 60.0
_LEAST_SECONDS = 10.0  # for a list without git, where git did not answer in time
_LISTING = ("ls-files", "-coz", "--exclude-standard")
_LISTED = 2  # times as many files may git list as are taken: rules of our own leave some out
# A file that changed within this time before it was read may change again without any trace in its
# times: file systems count in steps of up to two seconds.
_RACY_NS = 2_000_000_000
# Of nanoseconds, a minute: what is left is sorted in a quarter of the time, and files that came
# together stay in the order of their names, in which a database takes them twice as fast.
_TICK_BITS = 36


class Stamp(NamedTuple):
    """What tells, without reading, that a file changed: times in nanoseconds, size in bytes."""

    mtime_ns: int
    ctime_ns: int
    size: int


Stamped = tuple[int, int, int]
"""A stamp, or its numbers alone, where there is one for each file of a workspace."""
UNKNOWN = Stamp(0, 0, -1)
"""The stamp of a file that must be read again."""


@dataclass(frozen=True)
class Scan:
    """What a look at the disk found, against what was known.

    `listed` are the files that are there and should be known, `missing` those that are known and
    should not be; `changed` is the part of `listed` that is new or not as it was, the newest first,
    with what it is now.
    `notice` is a sentence for the person where not everything is listed.
    """

    listed: Mapping[bytes, Stamped]
    changed: Mapping[bytes, Stamp]
    missing: tuple[bytes, ...]
    notice: str = ""


def look(path: str | bytes) -> Stamp | None:
    """Return the stamp of a regular file, None where there is none."""
    try:
        facts = os.lstat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(facts.st_mode):
        return None
    return Stamp(facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size)


def is_behind_link(path: str) -> bool:
    """Tell whether a folder on the way to a canonical path became a symbolic link since."""
    folder = os.path.dirname(path)
    return os.path.realpath(folder) != folder


def settled(stamp: Stamp, read_at_ns: int) -> Stamp:
    """Return the stamp to remember for content that was read at a time (nanoseconds)."""
    return Stamp(0, 0, stamp.size) if stamp.ctime_ns > read_at_ns - _RACY_NS else stamp


def scan(
    root: str,
    known: Mapping[bytes, Stamped],
    *,
    most: int = MOST_FILES,
    seconds: float = MOST_SECONDS,
    exclude: Sequence[str] = (),
) -> Scan | None:
    """Look which files a folder has and which changed; None where the folder is not there.

    Where it may not be looked into, all is as it was.

    `exclude` are patterns as in an ignore file. Git, where it lists the folder, works while the
    known files are looked at.
    """
    if is_closed(root):
        return Scan(known, {}, (), _closed(root))
    if not os.path.isdir(root):
        return None
    wide = is_too_wide(root)
    most = min(most, MOST_OF_A_HOME) if wide else most
    deadline = time.monotonic() + seconds
    own = OwnRules(root, exclude)
    head = os.fsencode(absolute(root, b""))
    # Where no folder has a `.git`, git need not be started to say so.
    with nullcontext() if top_of(root) is None else Asked(root, _LISTING) as asked:
        if known:
            listed, changed = _looked_at(head, known)
        else:
            changed = _stamps(head, _tracked(root, most, deadline) if asked else ())
            listed = dict(changed)
        names, complete = _names(root, asked, most, deadline, exclude, own)
    if complete and len(listed) == len(known) <= most and names.keys() == known.keys():
        return Scan(listed, _newest_first(changed), ())  # the usual case, at once
    gone = {name for name in listed if name not in names}
    for name in [name for name in gone if name not in known]:  # tracked, but left out
        gone.remove(name)
        del listed[name], changed[name]
    room = max(most - len(listed) + len(gone), 0) + 1  # one more shows that there is more
    unknown = (name for name in names if name not in known and name not in listed)
    new, nested = _new(head, unknown, room)
    for folder in nested:
        room = most - len(listed) + len(gone) - len(new)
        inside, whole = _nested_names(root, folder, room, deadline, own)
        complete = complete and whole
        gone.difference_update(inside)
        new.update(_stamps(head, (name for name in inside if name not in listed)))
    if complete and len(listed) - len(gone) + len(new) <= most:
        for name in gone:
            del listed[name]
    else:
        # What the limit cut off may still be there; what is known stays, so that nothing flickers.
        complete = False
        new = dict(islice(new.items(), max(most - len(listed), 0)))
    listed.update(new)
    changed.update(new)
    missing = tuple(name for name in known if name not in listed)
    if complete:
        # Names without files are rare but in folders that may not be entered.
        unseen = names.keys() - listed.keys() if len(names) > len(listed) else ()
        notice = told(closed_folders(head, unseen))
    else:
        notice = _notice(len(listed), wide=wide)
    still = {name: stamp for name, stamp in changed.items() if name in listed}
    return Scan(listed, _newest_first(still), missing, notice)


def _newest_first(stamps: Mapping[bytes, Stamp]) -> dict[bytes, Stamp]:
    by_time = sorted(stamps.items(), key=lambda item: -(item[1].mtime_ns >> _TICK_BITS))
    return dict(by_time)


def _stamps(head: bytes, names: Iterable[bytes]) -> dict[bytes, Stamp]:
    """Look at files, given by what follows `head`; return those that are there."""
    return _new(head, names, sys.maxsize)[0]


def _new(head: bytes, names: Iterable[bytes], room: int) -> tuple[dict[bytes, Stamp], list[bytes]]:
    """Look at files until `room` of them are there; return these, and what else was named.

    Every call and every object counts here, as in `_looked_at`.
    """
    found: dict[bytes, Stamp] = {}
    others: list[bytes] = []
    lstat, is_regular = os.lstat, stat.S_ISREG
    for name in names:
        try:
            facts = lstat(head + name)
        except (OSError, ValueError):
            others.append(name.rstrip(b"/"))
            continue
        if not is_regular(facts.st_mode):
            others.append(name.rstrip(b"/"))
            continue
        found[name] = Stamp(facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size)
        if len(found) == room:
            break
    return found, others


def _looked_at(
    head: bytes, known: Mapping[bytes, Stamped]
) -> tuple[dict[bytes, Stamped], dict[bytes, Stamp]]:
    """Look at all files that are known: return those that are there, and those not as before.

    All but the call of the system counts here: most files are as they were.
    """
    there = dict(known)
    changed: dict[bytes, Stamp] = {}
    lstat = os.lstat
    for name, (mtime_ns, ctime_ns, size) in known.items():
        try:
            facts = lstat(head + name)
        except (OSError, ValueError):
            del there[name]
            continue
        if (
            facts.st_ctime_ns == ctime_ns
            and facts.st_mtime_ns == mtime_ns
            and facts.st_size == size
        ):
            continue
        if stat.S_ISREG(facts.st_mode):
            stamp = Stamp(facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size)
            there[name] = changed[name] = stamp
        else:
            del there[name]
    return there, changed


def _tracked(root: str, most: int, deadline: float) -> Collection[bytes]:
    """Return what git tracks, to be looked at while it looks for the rest; none if it is much."""
    left = max(deadline - time.monotonic(), 0.1)
    answer = ask_git(root, ["ls-files", "-cz"], seconds=left, limit=most + 1)
    if answer is None or not answer.complete or len(answer.records) > most:
        return ()
    return dict.fromkeys(answer.records)  # of a conflict a name comes more than once


def _names(
    root: str,
    asked: Asked | None,
    most: int,
    deadline: float,
    exclude: Sequence[str],
    own: OwnRules,
) -> tuple[dict[bytes, None], bool]:
    """Return what is listed, each name once, and whether that is all.

    Folders are repositories within the repository.
    """
    left = max(deadline - time.monotonic(), 0.1)
    answer = None
    if asked is not None:
        answer = asked.records(seconds=left, limit=_LISTED * most + 1)
    if answer is not None and answer.records and (answer.exit_code == 0 or not answer.complete):
        return kept_by_rules(root, dict.fromkeys(answer.records), own), answer.complete
    left = max(deadline - time.monotonic(), _LEAST_SECONDS)  # git may have used up its time
    found = list_files(root, limit=most, seconds=left, exclude=exclude)
    return dict.fromkeys(all_relative(root, found.paths)), found.complete


def kept_by_rules(root: str, names: dict[bytes, None], own: OwnRules) -> dict[bytes, None]:
    """Leave out what rules of our own ignore; most workspaces have none, and most folders."""
    folders = {name.rpartition(b"/")[0] for name in names}
    ruled = own.with_rules(absolute(root, name) if name else root for name in folders)
    if not ruled:
        return names
    kept: dict[bytes, None] = {}
    for name in names:
        folder, _, last = name.rpartition(b"/")  # of a repository within the repository: itself, ""
        path = absolute(root, name.rstrip(b"/"))
        here = absolute(root, folder) if folder else root
        if here not in ruled or not own.ignores(path, is_directory=not last):
            kept[name] = None
    return kept


def _nested_names(
    root: str, name: bytes, room: int, deadline: float, own: OwnRules
) -> tuple[Collection[bytes], bool]:
    """List a repository within the repository; the second is False where a limit cut it off."""
    folder = absolute(root, name)
    if not os.path.isdir(folder) or os.path.islink(folder):
        return (), True  # a link, or tracked and not there
    if room <= 0 or time.monotonic() > deadline:
        return (), False
    found = list_nested(folder, room, deadline)
    names = dict.fromkeys(all_relative(root, found.paths))
    return kept_by_rules(root, names, own), found.complete


def _closed(root: str) -> str:
    return (
        f"{visible(root)} may not be read, so it is not known what is in it now; change its "
        "permissions or open another folder."
    )


def _notice(count: int, *, wide: bool) -> str:
    why = "this folder holds more than one project" if wide else "the workspace has too many"
    return (
        f"Only {count:,} files are indexed: {why}; open a smaller folder, "
        "or ignore what is generated in .gitignore."
    )
