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
    for reference in found.references:
        assert reference.name
        assert 1 <= reference.line <= count, reference
    coming = 1
    for chunk in found.chunks:
        assert chunk.line == coming
        assert chunk.end_line >= chunk.line
        coming = chunk.end_line + 1
    assert coming == count + 1
