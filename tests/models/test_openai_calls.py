"""How fragments become tool calls, and that it does not matter how bytes are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.models.openai.calls import CallAssembler, arguments
from arriero.models.openai.events import DONE, Event, EventDecoder
from arriero.models.openai.wire import AnswerReader
from arriero.models.types import Chunk, TextChunk, ThinkingChunk, ToolCallChunk
from models.openai_server import Turn, events, fragment

A, B = ("f", {"a": 1}), ("g", {"b": 2})


@pytest.mark.parametrize(
    ("fragments", "expected"),
    [
        pytest.param([fragment("f", '{"a": 1}', id="x", index=0)], [A], id="whole"),
        pytest.param(
            [
                fragment("f", "", id="x", index=0),
                fragment(None, '{"a"', index=0),
                fragment(None, ": 1}", index=0),
            ],
            [A],
            id="as in the protocol",
        ),
        pytest.param(
            [
                fragment("f", '{"a":', id="x", index=0),
                fragment("g", '{"b":', id="y", index=1),
                fragment(None, "1}", index=0),
                fragment(None, "2}", index=1),
            ],
            [A, B],
            id="interleaved",
        ),
        pytest.param(
            [
                fragment("f", '{"a": 1}', id="x", index=0),
                fragment("g", '{"b": 2}', id="y", index=0),
            ],
            [A, B],
            id="all with index 0",
        ),
        pytest.param(
            [
                fragment("f", '{"a"', id="x", index=0),
                fragment(None, ": 1}", index=0),
                fragment("g", '{"b"', id="y", index=0),
                fragment(None, ": 2}", index=0),
            ],
            [A, B],
            id="all with index 0, in fragments",
        ),
        pytest.param(
            [fragment("f", '{"a": 1}'), fragment("g", '{"b": 2}')], [A, B], id="nothing but names"
        ),
        pytest.param(
            [
                fragment("f", '{"a"'),
                fragment(None, ": 1}"),
                fragment("g", '{"b"'),
                fragment(None, ": 2}"),
            ],
            [A, B],
            id="nothing but names, in fragments",
        ),
        pytest.param(
            [fragment("f", '{"a": 1}', index=0), fragment("f", '{"a": 1}', index=0)],
            [A, A],
            id="the same twice, index 0, no id",
        ),
        pytest.param(
            [fragment("f", '{"a"', id="x", index=0), fragment("f", ": 1}", id="x", index=0)],
            [A],
            id="id and name repeated",
        ),
        pytest.param(
            [fragment("f", '{"a"', index=0), fragment("f", ": 1}", index=0)],
            [A],
            id="name repeated",
        ),
        pytest.param(
            [fragment("f", "", id="x", index=0), fragment(None, '{"a": 1}', id="y", index=0)],
            [A],
            id="a new id for every fragment",
        ),
        pytest.param(
            [fragment("f", '{"a"', id="x"), fragment(None, ": 1}")], [A], id="index missing"
        ),
        pytest.param(
            [fragment(None, "", id="x", index=0), fragment("f", '{"a": 1}', index=0)],
            [A],
            id="name later",
        ),
        pytest.param([fragment("f", {"a": 1}, id="x", index=0)], [A], id="an object"),
        pytest.param(
            [fragment("f", "{}", index=0), fragment(None, '{"a": 1}', index=0)],
            [A],
            id="an empty object first",
        ),
        pytest.param(
            [fragment("f", '{"a": 1}', index=0), fragment(None, '{"a": 1}', index=0)],
            [A],
            id="all of it once more",
        ),
        pytest.param(
            [
                fragment("f", '{"a": 1}', id="x", index=0),
                fragment("g", '{"b": 2}', id="x", index=1),
            ],
            [A, B],
            id="one id for two calls",
        ),
        pytest.param([fragment("f", None, id="x", index=0)], [("f", {})], id="no arguments"),
        pytest.param(
            [fragment("f", "", id="x", index=0), fragment("f", '{"a": 1}', id="y", index=0)],
            [("f", {}), A],
            id="no arguments, then the same with index 0",
        ),
    ],
)
def test_fragments(
    fragments: Sequence[object], expected: list[tuple[str, Mapping[str, Any]]]
) -> None:
    assembler = CallAssembler()
    for one in fragments:
        assembler.add(one)
    assert [(call.name, arguments(call.arguments)) for call in assembler.calls] == expected


@pytest.mark.parametrize("one", [None, "x", [], fragment("f", 3), fragment("f", ["a"])])
def test_what_is_no_fragment(one: object) -> None:
    with pytest.raises(ValueError, match=r"^not "):
        CallAssembler().add(one)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("null", {}),
        (' {"a": 1}\n', {"a": 1}),
        ('"{\\"a\\": 1}"', {"a": 1}),
        ('{"a": "b\nc"}', {"a": "b\nc"}),
    ],
)
def test_arguments(text: str, expected: Mapping[str, Any]) -> None:
    assert arguments(text) == expected


@pytest.mark.parametrize("text", ["[1]", "1", '{"a": ', '{"a": "b', '"a"', "{'a': 1}"])
def test_what_holds_no_arguments(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        arguments(text)


def decoded(pieces: Sequence[bytes]) -> list[Event]:
    decoder = EventDecoder()
    found = [event for piece in pieces for event in decoder.feed(piece)]
    return [*found, *decoder.end()]


def folded(found: Sequence[Event]) -> list[object]:
    reader = AnswerReader()
    chunks: list[Chunk] = []
    for event in found:
        reader.read(event, chunks)
    chunks += reader.finish()
    # An id that is made is another every time.
    return [
        (chunk.call.name, chunk.call.arguments) if isinstance(chunk, ToolCallChunk) else chunk
        for chunk in chunks
    ]


DELTAS = st.one_of(
    st.builds(lambda word: {"content": word}, st.text(min_size=1)),
    st.builds(lambda word: {"reasoning_content": word}, st.text(min_size=1)),
)
CALLS = st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3), max_size=3)
CUTS = st.lists(st.floats(0, 1), max_size=12)


@given(deltas=st.lists(DELTAS, max_size=6), made=CALLS, cuts=CUTS, crlf=st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_answer_does_not_depend_on_how_the_bytes_are_cut(
    deltas: list[dict[str, str]], made: list[dict[str, str]], cuts: list[float], crlf: bool
) -> None:
    asked = [
        {"tool_calls": [fragment("f", given, id=f"c{number}", index=number)]}
        for number, given in enumerate(made)
    ]
    data = b"".join(events(Turn([*deltas, *asked], finish="tool_calls")))
    if crlf:
        data = data.replace(b"\n", b"\r\n")
    edges = [0, *sorted(int(cut * len(data)) for cut in cuts), len(data)]
    found = decoded([data[start:end] for start, end in pairwise(edges)])
    assert found == decoded([data]) == decoded([bytes([one]) for one in data])
    assert found[-1] == DONE
    chunks = folded(found)
    words = [chunk.text for chunk in chunks if isinstance(chunk, TextChunk | ThinkingChunk)]
    sent = [word.encode("utf-8", "replace").decode() for delta in deltas for word in delta.values()]
    assert words == sent
    assert [pair[1] for pair in chunks if isinstance(pair, tuple)] == made
