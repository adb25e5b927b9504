"""Files of the workspace that rules keep from a run: not to be seen, or not to be changed.

Patterns are those of an ignore file, and what git ignores is looked through too: secrets often are.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence

from arriero.workspace.errors import WorkspaceError
from arriero.workspace.ignorefile import Rule, parse

_MOST_FILES = 5_000  # that one command is kept from
_MOST_LOOKED_AT = 400_000


class Withheld:
    """What `patterns` are about, in canonical folders; capitals do not matter."""

    def __init__(self, roots: Sequence[str], patterns: Sequence[str]) -> None:
        self._roots = tuple(roots)
        folded = map(_folded, patterns)
        self._rules: tuple[Rule, ...] = parse(dict.fromkeys([*patterns, *folded]))

    def __contains__(self, path: str) -> bool:
        inside = (root for root in self._roots if path.startswith(f"{root.rstrip('/')}/"))
        return any(self._meant(os.path.relpath(path, root)) for root in inside)

    def files(self) -> Iterator[str]:
        """Yield what there is of them, absolute paths. Raises WorkspaceError if it is too much."""
        if not self._rules:
            return
        found = looked_at = 0
        for root in self._roots:
            for folder, folders, names in os.walk(root):
                folders[:] = [name for name in folders if name != ".git"]
                looked_at += len(names)
                for path in (os.path.join(folder, name) for name in names):
                    if self._meant(os.path.relpath(path, root)):
                        found += 1
                        yield path
                if found > _MOST_FILES or looked_at > _MOST_LOOKED_AT:
                    raise WorkspaceError(
                        "Commands cannot be kept from so many files as `permissions.deny` says "
                        "may not be read; the user can name fewer, or set permissions.commands "
                        "to deny."
                    )

    def _meant(self, relative: str) -> bool:
        return any(self._matches(spelled.split("/")) for spelled in {relative, _folded(relative)})

    def _matches(self, parts: Sequence[str]) -> bool:
        return any(
            rule.matches(parts[:length], is_directory=True)
            for rule in self._rules
            for length in range(1, len(parts) + 1)
        )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
