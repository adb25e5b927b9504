"""What a project is made of and how it is built and checked, from the files in its root.

Where the root has none, the folders directly in it may have some, as `backend` and `frontend`.

Nothing is executed, and of the files' words only names are passed on that are known or plain: what
a script does is its author's, and its text is not for the model.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from itertools import islice
from pathlib import Path
from threading import Lock

from arriero.agent.gathering.facts import Facts
from arriero.agent.gathering.manifests import MANIFESTS, MARKS, Manifest
from arriero.agent.gathering.parts import parts
from arriero.agent.gathering.telling import told
from arriero.workspace.answers import Entry
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.view import WorkspaceView

log = logging.getLogger(__name__)

_MOST_ROOTS = 4
_MOST_CHARACTERS = 300_000  # of one file
_MOST_KEPT = 200
_MOST_OF_A_PATTERN = 8  # files
_MOST_PARTS = 3
_SECONDS = 0.1  # for the folders in a root
_HUGE = 100_000  # bytes of a list of some thousand names, which take a good part of a second
_kept: OrderedDict[tuple[str, bytes, frozenset[str]], Facts] = OrderedDict()
_lock = Lock()


def project_facts(view: WorkspaceView) -> list[str]:
    """Return a line for each kind of fact, for each folder that has any. Blocks."""
    roots = view.roots[:_MOST_ROOTS]
    lines: list[str] = []
    for root in roots:
        here = _of_root(view, root)
        if here and len(roots) > 1:
            lines.append(f"In {root}:")
        lines += here
    return lines


def _of_root(view: WorkspaceView, root: str) -> list[str]:
    """Return what is told of a folder, else of those directly in it."""
    entries = _entries(view, root)
    if (facts := _of_folder(view, root, entries)) != Facts():
        return told([("", facts)])
    until = time.monotonic() + _SECONDS
    found: list[tuple[str, Facts]] = []
    for folder in parts(entries):
        if len(found) == _MOST_PARTS or time.monotonic() > until:
            break
        if _is_huge(folder.path):
            continue
        facts = _of_folder(view, folder.path, _entries(view, folder.path))
        if facts != Facts():
            found.append((folder.name, facts))
    return told(found)


def _of_folder(view: WorkspaceView, folder: str, entries: Iterable[Entry]) -> Facts:
    names = sorted(entry.name for entry in entries if not entry.is_directory)
    marks = MARKS.intersection(names)
    facts = Facts()
    for manifest in MANIFESTS:
        for name in islice(filter(manifest.is_named, names), _MOST_OF_A_PATTERN):
            facts = facts.with_more(_read(view, folder, name, manifest, marks))
    return facts


def _entries(view: WorkspaceView, folder: str) -> tuple[Entry, ...]:
    try:
        return view.entries(folder).entries
    except WorkspaceError as error:
        log.info("no facts of %s: %s", folder, error)
        return ()


def _is_huge(folder: str) -> bool:
    """Tell whether a folder holds too many names to look at, as far as its own size says so."""
    try:
        return Path(folder).lstat().st_size > _HUGE
    except (OSError, ValueError):  # only proposed as yet
        return False


def _read(
    view: WorkspaceView, folder: str, name: str, manifest: Manifest, marks: frozenset[str]
) -> Facts:
    try:
        text = view.peek(str(Path(folder) / name)).text[:_MOST_CHARACTERS]
    except WorkspaceError as error:
        log.info("%s is not read for facts: %s", name, error)
        return Facts()
    key = (name, sha256(text.encode("utf-8", "surrogatepass")).digest(), marks)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    facts = manifest.read(text, marks)
    with _lock:
        _kept[key] = facts
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return facts
