"""What holds for every text, cursor and answer."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.completion.marked import shown
from arriero.agent.completion.brackets import unpaired
from arriero.agent.completion.overlap import is_telling
from arriero.agent.completion.remembered import Remembered, Suggestion
from arriero.agent.completion.spot import Spot
from arriero.agent.completion.syntax import open_quote
from arriero.agent.completion.window import around
from arriero.agent.text_weight import text_weight
from arriero.workspace.text import LineIndex
from scale import by_scale

EXAMPLES = by_scale(60, full=3000)
LANGUAGES = ("python", "typescript", "c", "ruby", "html", "")
PIECES = (
    "(", ")", "[", "]", "{", "}", " ", "    ", "\n", "\n    ", "\t", ";", ", ", ":", '"', "'", "#",
    "//", "foo", "bar", "x", " = ", "return value_of_it", "if (x) {", "foo(bar)", "end", "\r\n",
)  # fmt: skip
code = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
languages = st.sampled_from(LANGUAGES)


def spot_in(before: str, after: str, language: str) -> Spot:
    return Spot("/work/a", language, LineIndex(before + after), len(before))


@settings(max_examples=EXAMPLES, deadline=None)
@example("", "#(", ":", "python")  # after a colon it is no comment
@example("foo'", "('", "'", "python")  # a string that is open until after the cursor
@given(code, code, code, languages)
def test_no_bracket_loses_its_partner(before: str, after: str, raw: str, language: str) -> None:
    spot = spot_in(before, after, language)
    text = shown(spot, raw)
    before_it = spot.scan_before
    if before_it.in_comment or before_it.in_string or open_quote(spot.head, language):
        return
    whole = spot.before + text + spot.after
    assert unpaired(whole, language) <= unpaired(spot.before + spot.after, language)


@settings(max_examples=EXAMPLES, deadline=None)
@given(code, code, code, languages)
def test_what_stands_after_is_not_said_again(
    before: str, after: str, raw: str, language: str
) -> None:
    spot = spot_in(before, after, language)
    text = shown(spot, raw + after)
    if not text:
        return
    rest = spot.rest.strip()
    if re.match(r"\w", rest) and re.search(r"\w\Z", rest):
        assert not re.search(rf"(?<!\w){re.escape(rest)}\Z", text)
    if not rest and spot.below and is_telling(spot.below[0].strip()):
        lines = [spot.head + text.split("\n")[0], *text.split("\n")[1:]]
        assert spot.below[0].strip() not in [line.strip() for line in lines]


@settings(max_examples=EXAMPLES, deadline=None)
@given(code, code, code, languages)
def test_what_is_shown_ends_without_blanks_and_is_something(
    before: str, after: str, raw: str, language: str
) -> None:
    spot = spot_in(before, after, language)
    text = shown(spot, raw)
    assert "\r" not in text
    assert not text or text.strip()
    assert text == text.rstrip() or spot.rest.strip()


@settings(max_examples=EXAMPLES, deadline=None)
@given(code, code, code.filter(bool), st.data())
def test_what_is_typed_of_a_suggestion_leaves_the_rest(
    before: str, after: str, text: str, data: st.DataObject
) -> None:
    remembered = Remembered()
    remembered.keep(spot_in(before, after, "python"), Suggestion("a", text))
    typed = data.draw(st.integers(0, len(text) - 1))
    found = remembered.find(spot_in(before + text[:typed], after, "python"))
    assert found == Suggestion("a", text[typed:])


@settings(max_examples=EXAMPLES, deadline=None)
@given(code, code, code.filter(bool), code.filter(bool))
def test_what_is_typed_otherwise_ends_a_suggestion(
    before: str, after: str, text: str, typed: str
) -> None:
    remembered = Remembered()
    remembered.keep(spot_in(before, after, "python"), Suggestion("a", text))
    found = remembered.find(spot_in(before + typed, after, "python"))
    expected = text[len(typed) :] if text.startswith(typed) and text != typed else None
    assert (found.text if found else None) == expected


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(code, max_size=60), st.lists(code, max_size=60), st.integers(20, 400))
def test_the_model_is_given_whole_lines_within_the_budget(
    above: list[str], below: list[str], tokens: int
) -> None:
    before, after = "\n".join(above), "\n".join(below)
    spot = spot_in(before, after, "python")
    near = around(spot, tokens)
    plain_before = before.replace("\r\n", "\n")
    plain_after = after.replace("\r\n", "\n")
    assert plain_before.endswith(near.before)
    assert plain_after.startswith(near.after)
    assert text_weight(near.before) + text_weight(near.after) <= 2.5 * tokens
    cut = len(plain_before) - len(near.before)
    if text_weight(spot.head) <= tokens / 2:
        assert cut == 0 or plain_before[cut - 1] == "\n"
