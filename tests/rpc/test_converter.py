"""What does not fit its type costs no more than what fits."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from cattrs import transform_error
from lsprotocol import types

from arriero.rpc.converter import shared_converter

MANY = 200_000
HERE = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
GOOD = {"range": HERE, "message": "m"}


def params(diagnostics: Any) -> dict[str, Any]:
    context = {"diagnostics": diagnostics}
    return {"textDocument": {"uri": "file:///a"}, "range": HERE, "context": context}


@pytest.mark.parametrize(
    ("diagnostics", "said"),
    [
        ("x" * MANY, "expected Sequence @ $.context.diagnostics"),
        ({"a": 1}, "expected Sequence @ $.context.diagnostics"),
        ([1] * MANY, "expected Diagnostic @ $.context.diagnostics[0]"),
        ([GOOD, {**GOOD, "message": 5}, 1], "expected str @ $.context.diagnostics[1].message"),
    ],
)
def test_only_the_first_item_that_does_not_fit_is_told(diagnostics: Any, said: str) -> None:
    converter = shared_converter()
    converter.structure(params([GOOD]), types.CodeActionParams)  # what it generates stays
    tracemalloc.start()
    try:
        with pytest.raises(Exception, match="structuring") as error:
            converter.structure(params(diagnostics), types.CodeActionParams)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    [told] = transform_error(error.value)
    assert said in told
    assert peak < 1 << 20


def test_a_list_is_made_of_all_that_fits() -> None:
    made = shared_converter().structure(params([GOOD] * 3), types.CodeActionParams)
    assert [one.message for one in made.context.diagnostics] == ["m"] * 3
