"""What a user has, written down by a test."""

from __future__ import annotations

from dataclasses import dataclass, field

from arriero.workspace.truth import Current


@dataclass
class Texts:
    """A truth; what has no text is not there."""

    texts: dict[str, str] = field(default_factory=dict)

    def text(self, path: str) -> Current:
        return Current(self.texts.get(path))
