"""What is in one another more often than anybody writes: it is read soon, without a query."""

from __future__ import annotations

import time

import pytest

from arriero.index.extract import extract, grammars, parse
from index.extract.checks import check

LONG = 100_000  # characters
SECONDS = 4.0  # of the processor; all of these take less than one, and took more than ten
ROWS = [
    ("bash", "("),
    ("bash", "{"),
    ("c", "("),
    ("c", "a()."),
    ("c", "{"),
    ("cpp", "("),
    ("cpp", "a()."),
    ("cpp", "*"),
    ("javascript", "a()."),
    ("tsx", "("),
    ("tsx", "a()."),
    ("typescript", "a()."),
]


@pytest.mark.parametrize(("language", "unit"), ROWS)
def test_no_query_begins(language: str, unit: str) -> None:
    text = "function first() {}\n" + unit * (LONG // len(unit))
    known = grammars.grammar(language)
    assert known is not None
    began = time.process_time()
    with pytest.raises(parse.TooMuchWork):
        parse.captures(text.encode(), known)
    found = extract(text, language)
    assert time.process_time() - began < SECONDS
    check(found, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("typescript", "f();\nx = [\n" + "  [1, 2],\n" * 20_000 + "]\n"),
        ("tsx", "x = " + "(" * 300 + "y" + ")" * 300 + "\n" + "y(1)\n" * 9_000),
        ("cpp", "int x[] = {\n" + "1, 2, 3,\n" * 15_000 + "};\n"),
        ("go", "var x = " + "a + " * 2_000 + "a\n" + "var y = 1\n" * 4_000),
    ],
    ids=["typescript", "tsx", "cpp", "go"],
)
def test_what_is_only_long_has_its_query(language: str, text: str) -> None:
    known = grammars.grammar(language)
    assert known is not None
    assert parse.captures(text.encode(), known)
