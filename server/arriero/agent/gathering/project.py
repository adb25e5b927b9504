"""What a project is made of and how it is built and checked, from the files in its root.

Nothing is executed, and of the files' words only names are passed on that are known or plain: what
a script does is its author's, and its text is not for the model.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from threading import Lock

from arriero.agent.gathering.manifests import MANIFESTS, MARKS, Facts, Manifest
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.view import WorkspaceView

log = logging.getLogger(__name__)

_MOST_ROOTS = 4
_MOST_CHARACTERS = 300_000  # of one file
_MOST_KEPT = 200
_MOST_OF_A_LIST = 10
_MOST_COMMANDS = 3
_kept: OrderedDict[tuple[str, bytes, frozenset[str]], Facts] = OrderedDict()
_lock = Lock()


def project_facts(view: WorkspaceView) -> list[str]:
    """Return a line for each kind of fact, for each folder that has any. Blocks."""
    roots = view.roots[:_MOST_ROOTS]
    lines: list[str] = []
    for root in roots:
        told = _told(_of_root(view, root))
        if told and len(roots) > 1:
            lines.append(f"In {root}:")
        lines += told
    return lines


def _of_root(view: WorkspaceView, root: str) -> Facts:
    names = _names(view, root)
    marks = frozenset(names & MARKS)
    facts = Facts()
    for manifest in MANIFESTS:
        for name in sorted(name for name in names if manifest.is_named(name)):
            facts = facts.with_more(_read(view, root, name, manifest, marks))
    return facts


def _names(view: WorkspaceView, root: str) -> set[str]:
    try:
        return {entry.name for entry in view.entries(root).entries if not entry.is_directory}
    except WorkspaceError as error:
        log.info("no facts of %s: %s", root, error)
        return set()


def _read(
    view: WorkspaceView, root: str, name: str, manifest: Manifest, marks: frozenset[str]
) -> Facts:
    try:
        text = view.peek(str(Path(root) / name)).text[:_MOST_CHARACTERS]
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


def _told(facts: Facts) -> list[str]:
    used = _distinct(facts.tools)
    tools = f" ({', '.join(used[:_MOST_OF_A_LIST])})" if used else ""
    lines = [f"{', '.join(_distinct(facts.languages))}{tools}"] if facts.languages else []
    for name, commands in (("Test", facts.test), ("Lint", facts.lint), ("Build", facts.build)):
        if commands:
            lines.append(f"{name}: {' | '.join(_distinct(commands)[:_MOST_COMMANDS])}")
    return lines


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
