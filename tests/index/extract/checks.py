"""What must hold of whatever was extracted from whatever text."""

from __future__ import annotations

from arriero.index.extract import Extracted
from arriero.index.extract.plain import lines_of


def check(found: Extracted, text: str) -> None:
    count = len(lines_of(text))
    for definition in found.definitions:
        assert definition.name
        assert 1 <= definition.line <= definition.end_line <= count, definition
    lines = [definition.line for definition in found.definitions]
    assert lines == sorted(lines)
    for name, line in found.references:
        assert name
        assert 1 <= line <= count, name
    assert len(set(found.references)) == len(found.references)
    coming = 1
    for chunk in found.chunks:
        assert chunk.line == coming
        assert chunk.end_line >= chunk.line
        coming = chunk.end_line + 1
    assert coming == count + 1


def used(found: Extracted) -> list[str]:
    """Return what is used as `name:line`, in the order of lines and names."""
    return [f"{name}:{line}" for line, name in sorted((at, one) for one, at in found.references)]
