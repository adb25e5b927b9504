"""What holds for any text: nothing is lost, nothing waits long, nothing takes forever."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.toolcalls.corpus import CASES, OFFERED, fold, read
from arriero.agent.toolcalls import BrokenCall, TextCallReader
from arriero.agent.toolcalls.tags import CLOSERS, LONGEST_TAG, OPENERS
from arriero.models.types import TextChunk, ToolCallChunk
from scale import by_scale

EXAMPLES = by_scale(100, full=3000)

PROSE = (
    "The file `tally.py` adds numbers: if a < b then [1] and {x} hold, as in f(x) = {y: 1}.\n\n"
    "# Actions\n\n* A functor, a function; Action and functools are words.\n* ~5 % of it is "
    "<b>bold</b>\n\n```python\ndef f(a):\n    return {'a': [a, b]}  # <tag>\n```\n\nThen "
    "'quotes', \"more\" and a link [here](x.md) follow. naïve 日本語 🦙\n  - nested ``code`` "
    "and ` a stray backtick < x\nEnd."
)

# Bits of forms: joined at random they make the answers that no model was taught to give.
BITS = (
    *OPENERS, *CLOSERS[:8], "<think>", "</think>", "<function=read_file>", "<parameter=path>",
    "</parameter>", "<invoke name=\"read_file\">", "<|channel|>analysis<|message|>", "<|end|>",
    "<|channel|>commentary to=functions.read_file<|message|>", "Action: read_file\n",
    "Action Input: ", "```", "```json\n", "`", "\n", " ", '{"name": "read_file", "arguments": ',
    '{"path": "a"}', "}", "]", "[", "{", '"', "'", "read_file", "read_file(path='a')", "text",
    "[ARGS]", "<arg_key>path</arg_key>", "<arg_value>a</arg_value>", "\\", ";", ",", "~~~", "<",
)  # fmt: skip


def cut(text: str, places: list[int]) -> list[str]:
    inside = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(inside)]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.sampled_from(BITS), max_size=25), st.lists(st.integers(0, 999), max_size=8))
def test_cuts_never_matter(bits: list[str], places: list[int]) -> None:
    text = "".join(bits)
    whole = fold(read([text]))
    assert fold(read(cut(text, places))) == whole
    assert fold(read(text)) == whole


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text("ab `~\n<>[]{}()\"':,;.fA|", max_size=200))
def test_text_without_names_stays_as_it_is(text: str) -> None:
    assert fold(read(text)).says == text


@pytest.mark.parametrize("prose", [PROSE, PROSE * 3, PROSE.replace(" ", "\n")])
def test_prose_waits_no_longer_than_a_tag(prose: str) -> None:
    reader, said = TextCallReader(OFFERED), 0
    for fed, character in enumerate(prose, 1):
        said += sum(len(p.text) for p in reader.feed(character) if isinstance(p, TextChunk))
        assert fed - said <= LONGEST_TAG, prose[said:fed]
    said += sum(len(p.text) for p in reader.finish() if isinstance(p, TextChunk))
    assert said == len(prose)


def test_thinking_may_begin_before_the_answer() -> None:
    reader = TextCallReader(OFFERED, thinking=True)
    pieces = [*reader.feed("so <tool_call> it is</th"), *reader.feed("ink>Yes."), *reader.finish()]
    assert fold(pieces).thinks == "so <tool_call> it is"
    assert fold(pieces).says == "Yes."


def test_a_call_with_tags_is_given_before_the_answer_ends() -> None:
    reader = TextCallReader(OFFERED)
    reader.feed('<tool_call>{"name": "read_file", "arguments": {"path": "a"}}')
    pieces = reader.feed("</tool_call>\n" + "And then text follows. " * 6)
    assert any(isinstance(p, ToolCallChunk) for p in pieces)


def test_calls_are_numbered_by_the_reader() -> None:
    several = next(case for case in CASES if case.name == "hermes: several")
    ids = [p.call.id for p in read([several.text]) if isinstance(p, ToolCallChunk)]
    assert ids == ["text_1", "text_2", "text_3"]


def test_positions_are_names_where_the_order_is_told() -> None:
    reader = TextCallReader({"edit_file": ("path", "old_string", "new_string")})
    pieces = [*reader.feed('[edit_file("a", "b", "c")]'), *reader.finish()]
    arguments = {"path": "a", "old_string": "b", "new_string": "c"}
    assert fold(pieces).calls == (("edit_file", arguments),)


def test_a_broken_call_says_what_to_do() -> None:
    for case in CASES:
        for piece in read([case.text]):
            if isinstance(piece, BrokenCall):
                assert piece.text.strip(), case.name
                assert piece.reason.endswith("."), case.name


_REPEATED = (
    "<tool_call>", '{"type": ', "[", "`", "```\n", '{"name": "read_file", ', "<", "[read_file(",
    "<think>", "Action: ", "<function=read_file>", "</parameter>",
    "<function=read_file><parameter=path></parameter>", '{"arguments": ', "```json\n", "[{",
    '<tool_call>{"name": "read_file", "arguments": ' + "[" * 9_000, "`" * 9_000,
)  # fmt: skip
_LONG_WRITE = '<tool_call>{"name": "write_file", "arguments": {"path": "a", "content": "' + (
    "x = {'a': [1]}\\n" * 15_000
)


@pytest.mark.parametrize(
    "text", [*(bit * max(1, 20_000 // len(bit)) for bit in _REPEATED), _LONG_WRITE]
)
def test_what_a_model_repeats_takes_no_time(text: str) -> None:
    chance = random.Random(1)
    places = sorted(chance.sample(range(len(text)), min(5_000, len(text) // 4)))
    began = time.perf_counter()
    read(cut(text, places))
    assert time.perf_counter() - began < 5
