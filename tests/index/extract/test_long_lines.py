"""Lines of the length that is still read without a parser, made to be read again and again."""

from __future__ import annotations

import time

import pytest

from arriero.index.extract import extract
from index.extract.checks import check

LINE = 2_990  # characters
LINES = 100
SECONDS = 2.0  # of the processor; all of these take less than half of one, and took more than three


@pytest.mark.parametrize(
    ("language", "begin", "unit", "end"),
    [
        ("c", "consta;", " ", ""),
        ("c", "void f() ", "a", " b;"),
        ("javascript", "export ", "=>", ""),
        ("javascript", "", "class*", "{}"),
        ("javascript", "", "/*\n*/[]=> a.", "new a "),
        ("javascript", "`${", "a", "}`;"),
        ("markdown", "# a", " ", ":"),
        ("markdown", "# ]", "    ", "# ["),
        ("python", "  a:as", "a", "a.*"),
        ("python", 'f"', "a", '{}"'),
    ],
)
def test_lines(language: str, begin: str, unit: str, end: str) -> None:
    line = begin + unit * ((LINE - len(begin) - len(end)) // len(unit)) + end + "\n"
    soon(language, line * LINES)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "=> \n" * 30_000),
        ("javascript", "const a =\n" * 15_000),
        ("javascript", "x = " + "\n" * 150_000 + "{" + "a(){},\n" * 20_000 + "}\n"),
        ("python", "from a import (\n" + "    b,\n" * 60_000 + ")\n"),
        ("python", "class A(\n" + "    b,\n" * 60_000 + "): pass\n"),
        ("python", "def a(\n" + "    b: c,\n" * 60_000 + "): pass\n"),
        (
            "python",
            "".join(" " * depth + "def a():\n" for depth in range(300))
            + (" " * 300 + "pass\n" + "\n" * 200_000),
        ),
    ],
    ids=lambda value: value[:20],
)
def test_what_goes_on_over_lines(language: str, text: str) -> None:
    soon(language, text)


def soon(language: str, text: str) -> None:
    began = time.process_time()
    found = extract(text, language)
    assert time.process_time() - began < SECONDS
    check(found, text)
