"""Which files there are, and which of them are as they were when they were indexed."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

from arriero.index.paths import absolute, relative
from arriero.workspace.files import list_files, list_nested
from arriero.workspace.folders import MOST_OF_A_HOME, is_too_wide
from arriero.workspace.git import ask_git
from arriero.workspace.ignore import OwnRules

MOST_FILES = 200_000
MOST_SECONDS = 60.0
_LISTED = 2  # times as many files may git list as are taken: rules of our own leave some out
# A file that changed within this time before it was read may change again without any trace in its
# times: file systems count in steps of up to two seconds.
_RACY_NS = 2_000_000_000


class Stamp(NamedTuple):
    """What tells, without reading, that a file changed: times in nanoseconds, size in bytes.

    A tuple, as there is one for each file at every look.
    """

    mtime_ns: int
    ctime_ns: int
    size: int


_stamp = Stamp._make  # which takes half the time of naming the fields
UNKNOWN = Stamp(0, 0, -1)
"""The stamp of a file that must be read again."""


@dataclass(frozen=True)
class Scan:
    """What a look at the disk found, against what was known.

    `listed` are the files that are there and should be known, `missing` those that are known and
    should not be; `changed` is the part of `listed` that is new or not as it was. `notice` is a
    sentence for the person where not everything is listed.
    """

    listed: Mapping[bytes, Stamp]
    changed: tuple[bytes, ...]
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
    return _stamp((facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size))


def is_behind_link(path: str) -> bool:
    """Tell whether a folder on the way to a canonical path became a symbolic link since."""
    folder = os.path.dirname(path)
    return os.path.realpath(folder) != folder


def settled(stamp: Stamp, read_at_ns: int) -> Stamp:
    """Return the stamp to remember for content that was read at a time (nanoseconds)."""
    return Stamp(0, 0, stamp.size) if stamp.ctime_ns > read_at_ns - _RACY_NS else stamp


def scan(
    root: str,
    known: Mapping[bytes, Stamp],
    *,
    most: int = MOST_FILES,
    seconds: float = MOST_SECONDS,
    exclude: Sequence[str] = (),
) -> Scan | None:
    """Look which files a folder has and which changed; None where the folder is not there.

    `exclude` are patterns as in an ignore file. Git, where it lists the folder, works while the
    known files are looked at.
    """
    if not os.path.isdir(root):
        return None
    wide = is_too_wide(root)
    most = min(most, MOST_OF_A_HOME) if wide else most
    deadline = time.monotonic() + seconds
    head = os.fsencode(absolute(root, b""))
    own = OwnRules(root, exclude)
    with ThreadPoolExecutor(1, thread_name_prefix="listing") as executor:
        listing = executor.submit(_names, root, most, deadline, exclude, own)
        stamps = {name: look(head + name) for name in known}
        names, complete = listing.result()
    listed: dict[bytes, Stamp] = {}
    nested: list[bytes] = []
    for name in names:
        if len(listed) > most:
            break
        stamp = stamps[name] if name in stamps else look(head + name)
        if stamp is not None:
            listed[name] = stamp
        elif name not in stamps:
            nested.append(name)
    for name in nested:
        complete = _add_nested(root, name.rstrip(b"/"), listed, most, deadline, own) and complete
    if len(listed) > most or not complete:
        # What the limit cut off may still be there; what is known stays, so that nothing flickers.
        complete = False
        kept = {name: stamp for name, stamp in stamps.items() if stamp is not None}
        new = [name for name in listed if name not in kept]
        kept |= {name: listed[name] for name in new[: max(most - len(kept), 0)]}
        listed = kept
    changed = tuple(name for name, stamp in listed.items() if known.get(name) != stamp)
    missing = tuple(name for name in known if name not in listed)
    return Scan(listed, changed, missing, "" if complete else _notice(len(listed), wide=wide))


def _names(
    root: str, most: int, deadline: float, exclude: Sequence[str], own: OwnRules
) -> tuple[Iterable[bytes], bool]:
    left = max(deadline - time.monotonic(), 0.1)
    arguments = ["ls-files", "-coz", "--exclude-standard"]
    answer = ask_git(root, arguments, seconds=left, limit=_LISTED * most + 1)
    if answer is not None and answer.records and (answer.exit_code == 0 or not answer.complete):
        return _kept(root, dict.fromkeys(answer.records), own), answer.complete
    found = list_files(root, limit=most, seconds=left, exclude=exclude)
    return _beneath(root, found.paths), found.complete


def _kept(root: str, names: Iterable[bytes], own: OwnRules) -> Iterator[bytes]:
    """Leave out what rules of our own ignore; most folders have none for their files."""
    free: dict[bytes, bool] = {}
    for name in names:
        folder, _, last = name.rpartition(b"/")
        is_free = free.get(folder)
        if is_free is None:
            is_free = free[folder] = own.is_free(absolute(root, folder) if folder else root)
        if (is_free and last) or not own.ignores(
            absolute(root, name.rstrip(b"/")), is_directory=not last
        ):
            yield name


def _add_nested(
    root: str,
    name: bytes,
    listed: dict[bytes, Stamp],
    most: int,
    deadline: float,
    own: OwnRules,
) -> bool:
    """Add the files of a repository within the repository; False where a limit cut them off."""
    folder = absolute(root, name)
    if not os.path.isdir(folder) or os.path.islink(folder):
        return True  # a link, or tracked and not there
    room = most - len(listed)
    if room <= 0 or time.monotonic() > deadline:
        return False
    found = list_nested(folder, room, deadline)
    for inner in _kept(root, _beneath(root, found.paths), own):
        stamp = look(absolute(root, inner))
        if stamp is not None:
            listed[inner] = stamp
    return found.complete


def _beneath(root: str, paths: Iterable[str]) -> list[bytes]:
    return [name for name in (relative(root, path) for path in paths) if name is not None]


def _notice(count: int, *, wide: bool) -> str:
    why = "this folder holds more than one project" if wide else "the workspace has too many"
    return (
        f"Only {count:,} files are indexed: {why}; open a smaller folder, "
        "or ignore what is generated in .gitignore."
    )
