"""The folders in a root that may be parts of a project; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from arriero.workspace.answers import Entry

_MOST = 12  # each costs a look at the disk and a question to git
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,29}")  # its name is told to a model
_BESIDE = frozenset({
    "doc", "docs", "example", "examples", "fixtures", "node_modules", "samples", "scripts",
    "test", "testdata", "tests", "third_party", "tools", "vendor",
})  # fmt: skip


def parts(entries: Iterable[Entry]) -> list[Entry]:
    """Return folders that are likely to have a project of their own."""
    found = (
        entry
        for entry in entries
        if entry.is_directory
        and not entry.is_link
        and _PLAIN.fullmatch(entry.name)
        and entry.name.lower() not in _BESIDE
    )
    return sorted(found, key=lambda entry: entry.name)[:_MOST]
