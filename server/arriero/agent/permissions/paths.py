"""Whether a rule is about a file: patterns as in an ignore file, also for absolute paths.

A pattern without a slash is for a name in any folder, one with a slash is for a path from the
workspace on (`./` for what is in it directly); one that begins with `/` or `~/` is for the whole
file system. What is in a folder that a pattern is about is meant too.
"""

from __future__ import annotations

import functools
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from arriero.workspace.ignorefile import Rule, parse


@dataclass(frozen=True)
class Place:
    """Where patterns are read: the workspace's folders (absolute, canonical) and the home."""

    roots: tuple[str, ...]
    home: str

    def allowed(self, pattern: str, path: str) -> bool:
        """Whether an allowing pattern covers an absolute canonical path, letter by letter."""
        return self._matches(pattern, path)

    def meant(self, pattern: str, path: str) -> bool:
        """As `allowed`, for one that asks or denies: capitals and their like do not matter."""
        return self._matches(pattern, path) or self._matches(_folded(pattern), _folded(path))

    def _matches(self, pattern: str, path: str) -> bool:
        whole = self._whole(pattern)
        if whole is not None:
            return _is_about(whole, path.strip("/"))
        if pattern.startswith("./"):
            pattern = pattern[1:]  # as an ignore file has what is in its own folder
        inside = [os.path.relpath(path, root) for root in self._folded_roots(path)]
        return any(_is_about(pattern, relative) for relative in inside)

    def _folded_roots(self, path: str) -> list[str]:
        roots = [*self.roots, *map(_folded, self.roots)]
        return [root for root in roots if path == root or path.startswith(f"{root.rstrip('/')}/")]

    def _whole(self, pattern: str) -> str | None:
        """Return the pattern from the root of the file system on; None if it is not for that."""
        if pattern == "~" or pattern.startswith("~/"):
            return self.home + pattern[1:]
        return pattern if pattern.startswith("/") else None


def _is_about(pattern: str, relative: str) -> bool:
    rule = _rule(pattern)
    if rule is None or relative in ("", "."):
        return False
    parts = relative.split("/")
    return any(
        rule.matches(parts[:length], is_directory=True) for length in range(len(parts), 0, -1)
    )


@functools.lru_cache(maxsize=1024)
def _rule(pattern: str) -> Rule | None:
    rules: Sequence[Rule] = parse([pattern])
    return rules[0] if rules else None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
