"""Lines of a text that match, by a process that is killed when its time is over, or without."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.workspace.excerpt import plain_lines
from arriero.workspace.matcher import OutOfTime, PlainMatcher, ProcessMatcher, open_matcher


def soon() -> float:
    return time.monotonic() + 30


def test_no_process_is_left() -> None:
    matcher = ProcessMatcher("a.c", ignore_case=False, most=10, deadline=soon())
    process = matcher._process
    assert matcher.hits("abc\n", soon()).count == 1
    process.kill()
    with pytest.raises(OutOfTime):
        matcher.hits("abc\n" * 100_000, soon())
    matcher.close()
    assert process.returncode is not None


TEXTS = st.text(alphabet="ab \n\r\u2028é😀\ud800", max_size=40)
PATTERNS = st.sampled_from(
    ["a", "ab", "a.b", "^a", "b$", "^$", "", r"\ba", "[^a]", "(?:ab)+", "a|b", "é", r"\s", "a*"]
)


@settings(max_examples=20, deadline=None)
@given(pattern=PATTERNS, texts=st.lists(TEXTS, min_size=10, max_size=30), ignore_case=st.booleans())
def test_the_process_finds_what_python_finds(
    pattern: str, texts: list[str], ignore_case: bool
) -> None:
    flags = re.IGNORECASE if ignore_case else 0
    deadline = soon()
    matcher = open_matcher(pattern, ignore_case=ignore_case, most=100, deadline=deadline)
    try:
        for text in texts:
            lines = plain_lines(text) or [""]
            expected = [n for n, line in enumerate(lines, 1) if re.search(pattern, line, flags)]
            hits = matcher.hits(text, deadline)
            assert [hit.line for hit in hits.first] == expected
            assert hits.count == len(expected)
    finally:
        matcher.close()


@given(st.text(alphabet="ab \n\r", max_size=30), st.text(alphabet="ab", min_size=1, max_size=3))
def test_plain_texts_are_found_as_regular_expressions_are(text: str, wanted: str) -> None:
    lines = plain_lines(text) or [""]
    expected = [(n, line.find(wanted)) for n, line in enumerate(lines, 1) if wanted in line]
    hits = PlainMatcher(wanted, 100).hits(text, soon())
    assert [(hit.line, hit.start) for hit in hits.first] == expected
