"""Lines are found as by matching each of them, whichever way a search goes."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arriero.index import lines, linesearch
from arriero.index.harmless import Bound, harmless
from arriero.index.linesearch import LineSearch, Pattern
from arriero.index.marked import Marked
from arriero.index.needles import alternatives
from arriero.workspace.excerpt import plain_lines
from arriero.workspace.matcher import OutOfTime

PATTERNS = st.sampled_from(
    [
        "", ".", r"\w", "a", "e", "ab", "ab|cd", "(a|b)c", "[ab]c", "a.b", r"\w+\s*=", "^a", "a$",
        "a.*b", ".*", "^$", "x*", r"\S+", "k", "s|K", "(a|a)b", "a(b|c)d", r"\w+\(", "a\\nb", "É|b",
        "(x+x+)+y",
    ]
)  # fmt: skip
TEXTS = st.lists(
    st.sampled_from(
        ["a", "b", "ab", "cd", "ac", "\n", "\n", "\r\n", "\r", " = ", "(", "K", "\u017f", "\u212a",
         "é", "É", "s", "xxxy", "e" * 90]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=PATTERNS,
    literal=st.booleans(),
    ignore_case=st.booleans(),
    texts=st.lists(TEXTS, max_size=4),
    bound=st.sampled_from([1 << 30, 80, 0]),
    dense=st.sampled_from([0, 1, 10_000]),
)
def test_as_by_matching_each_line(
    text: str, literal: bool, ignore_case: bool, texts: list[str], bound: int, dense: int
) -> None:
    """Also where lines are too long to be matched here, so that the process has them."""
    pattern = Pattern(text, literal=literal, ignore_case=ignore_case)
    search = re.compile(pattern.expression, re.IGNORECASE if ignore_case else 0).search
    expected = []
    for place, one in enumerate(texts):
        found = [(number, line) for number, line in enumerate(plain_lines(one), 1) if search(line)]
        expected += [(str(place), found)] if found else []

    def bounded(expression: str, *, ignore_case: bool) -> Bound:
        known = harmless(expression, ignore_case=ignore_case)
        return known._replace(characters=min(known.characters, bound))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linesearch, "harmless", bounded)
        for name in ("_RARE", "_VERY_DENSE", "_DENSE"):
            patch.setattr(lines, name, dense)
        with LineSearch(pattern, time.monotonic() + 60) as searching:
            told = [
                one
                for place, text in enumerate(texts)
                if not searching.having
                or any(having in text.encode() for having in searching.having)
                for one in searching.lines(str(place), text)
            ]
            told += searching.rest()
    assert [(place, list(found)) for place, found in told] == expected


@pytest.mark.parametrize("pattern", ["", "^$", "a*", "$", "(a|b)?", "(?!a)"])
@pytest.mark.parametrize(("text", "count"), [("", 0), ("\n", 1), ("\r\n\r\n", 2)])
def test_an_empty_text_has_no_line(pattern: str, text: str, count: int) -> None:
    with LineSearch(Pattern(pattern), time.monotonic() + 60) as searching:
        found = [*searching.lines("a", text), *searching.rest()]
    assert sum(len(lines) for _, lines in found) == count


@given(
    pattern=st.sampled_from(["ab", "a|b", "[ab]c", "(ab|cd)e", "a|", "a*", "(a|a)b", "K|s", "a.b"]),
    line=st.text("abcdekKs", max_size=5),
    ignore_case=st.booleans(),
)
def test_alternatives_tell_by_themselves(pattern: str, line: str, ignore_case: bool) -> None:
    texts = alternatives(pattern, ignore_case=ignore_case)
    if texts:
        folded = line.lower() if ignore_case else line
        having = any(one in folded for one in texts)
        assert having == bool(re.search(pattern, line, re.IGNORECASE if ignore_case else 0))


@pytest.mark.parametrize(
    ("pattern", "ignore_case", "found"),
    [
        ("if|for", False, ("if", "for")),
        ("(?:re)?turn", False, ()),
        ("[ab]c", False, ("ac", "bc")),
        ("[^a]c", False, ()),
        ("K|é", True, ()),
        ("K|S", True, ("k", "s")),
        ("(?i)a", False, ()),
        ("a||b", False, ()),
        ("a\\n|b", False, ()),
        ("[abc][abc]", False, ()),
        ("(", False, ()),
    ],
)
def test_alternatives(pattern: str, ignore_case: bool, found: tuple[str, ...]) -> None:
    assert alternatives(pattern, ignore_case=ignore_case) == found


@pytest.mark.parametrize("pattern", [".", "e", r"\w\w", "m.*e", "s|x"])
def test_what_most_lines_have_makes_no_object_of_each(pattern: str) -> None:
    text = "some line here\n" * 1_000
    with LineSearch(Pattern(pattern), time.monotonic() + 60) as searching:
        [(path, found)] = [*searching.lines("a", text), *searching.rest()]
    assert path == "a"
    assert isinstance(found, Marked)
    assert len(found) == 1_000


def test_the_time_ends_within_a_text() -> None:
    """Of lines that take long the clock is looked at after some."""
    line = "x" * 400
    with LineSearch(Pattern(r"\w\w*[yz]"), time.monotonic() + 0.05) as searching:
        began = time.monotonic()
        with pytest.raises(OutOfTime):
            searching.lines("long", "\n".join([line] * 20_000))
        assert time.monotonic() - began < 5
        assert searching.at == "long"
