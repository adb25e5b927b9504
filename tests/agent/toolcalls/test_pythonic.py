"""Calls written as Python, while other threads parse as well."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from arriero.agent.toolcalls import TextCallReader
from arriero.models.types import ToolCallChunk

TEXT = '[read_file(path="a.txt")]'


@pytest.mark.parametrize(("failures", "reads"), [(0, True), (1, True), (4, True), (99, False)])
def test_what_two_threads_make_of_each_other_is_parsed_again(
    monkeypatch: pytest.MonkeyPatch, failures: int, reads: bool
) -> None:
    left = failures
    parse = ast.parse

    def failing(*given: Any, **named: Any) -> Any:
        nonlocal left
        if left:
            left -= 1
            raise SystemError("AST constructor recursion depth mismatch (before=35, after=37)")
        return parse(*given, **named)

    monkeypatch.setattr(ast, "parse", failing)
    reader = TextCallReader({"read_file": ("path",)})
    pieces = [*reader.feed(TEXT), *reader.finish()]
    assert [isinstance(piece, ToolCallChunk) for piece in pieces] == [reads]
