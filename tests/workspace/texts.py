"""What a user has, written down by a test."""

from __future__ import annotations

from dataclasses import dataclass, field

from arriero.workspace.errors import NotText
from arriero.workspace.truth import Current


@dataclass
class Texts:
    """A truth; what has no text is not there, but for `others`, which are none."""

    texts: dict[str, str] = field(default_factory=dict)
    others: frozenset[str] = frozenset()

    def text(self, path: str) -> Current:
        if path in self.others:
            raise NotText(f"{path} is a binary file.")
        return Current(self.texts.get(path))
