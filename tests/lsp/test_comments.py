"""Comments that ask for something, in the comment syntax of many languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.lsp.comments import CommentRequest, find_request


@pytest.mark.parametrize(
    "line",
    [
        "# arriero: do it",
        "    # Arriero:   do it   ",
        "x = 1  # arriero: do it",
        "// arriero: do it",
        "let x = 1; // arriero: do it",
        "/// arriero: do it",
        "/* arriero: do it */",
        "/** arriero: do it **/",
        "<!-- arriero: do it -->",
        "<p>text</p> <!-- arriero: do it -->",
        "-- arriero: do it",
        "--[[ arriero: do it ]]",
        "{- arriero: do it -}",
        "(* arriero: do it *)",
        ";; arriero: do it",
        "% arriero: do it",
        "' arriero: do it",
        '" arriero: do it',
        "REM arriero: do it",
        "dnl arriero: do it",
        ".. arriero: do it",
        " * arriero: do it",
        '"""arriero: do it"""',
        "arriero: do it",
        "#arriero:do it",
    ],
)
def test_any_syntax(line: str) -> None:
    assert find_request([line], 0, 0) == CommentRequest("do it", 0, 0)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# arriero:",
        "# arriero do it",
        'print("arriero: do it")',
        "the arriero: do it",
        "# myarriero: do it",
    ],
)
def test_what_asks_nothing(line: str) -> None:
    assert find_request([line], 0, 0) is None


@pytest.mark.parametrize(
    ("text", "request_text", "last"),
    [
        ("# arriero: one\n# two\n#   three\ncode", "one two three", 2),
        ("# arriero: one\n#\n# two", "one", 0),
        ("# arriero: one\n# arriero: two", "one", 0),
        ("x = 1  # arriero: one\n# two", "one", 0),
        ("/* arriero: one\n * two\n */\ncode", "one two", 2),
        ("/* arriero: one\n   two */\ncode", "one two", 1),
        ("<!-- arriero: one\ntwo -->\n<p>", "one two", 1),
        ("// arriero: one\r\n// two\r\nx", "one two", 1),
    ],
)
def test_several_lines(text: str, request_text: str, last: int) -> None:
    found = find_request(text.splitlines(), 0, 0)
    assert found == CommentRequest(request_text, 0, last)


LINES = ["code", "# arriero: a", "# b", "code", "code", "code", "code", "code", "# arriero: z"]


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (1, 1, "a b"),
        (2, 2, "a b"),
        (0, 0, "a b"),
        (4, 4, "a b"),
        (5, 5, "z"),
        (8, 8, "z"),
        (0, 8, "a b"),
        (6, 99, "z"),
    ],
)
def test_the_nearest_counts(first: int, last: int, text: str) -> None:
    found = find_request(LINES, first, last)
    assert found is not None
    assert found.text == text


def test_a_far_one_does_not_count() -> None:
    assert find_request(["# arriero: a", *["code"] * 10], 8, 8) is None


def test_a_long_comment_is_found_from_its_last_line() -> None:
    lines = ["# arriero: a", *[f"# {n}" for n in range(8)]]
    found = find_request(lines, 8, 8)
    assert found is not None
    assert (found.first_line, found.last_line) == (0, 8)


@given(st.lists(st.text(st.sampled_from("#/*-> arieo:\t\"'")), max_size=12), st.integers(-3, 15))
def test_anything_is_read(lines: list[str], line: int) -> None:
    found = find_request(lines, line, line + 2)
    if found is not None:
        assert found.text
        assert 0 <= found.first_line <= found.last_line < len(lines)
