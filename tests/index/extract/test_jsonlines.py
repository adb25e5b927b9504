"""Reading JSON without a grammar tells what parsing tells."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.index.extract import extract, jsonlines, outline
from arriero.index.extract.plain import lines_of
from arriero.index.extract.types import Definition

TRICKY = {
    "levels": '{"a": 1, "b": {"c": {"d": 1}, "e": [{"f": 1}]},\n "g": [\n{"h": {}}\n]}\n',
    "lines": '{\n"a"\n:\n{\n"b"\n:\n[\n1\n]\n,\n"c":\n"d"\n}\n}\n',
    "signs": '{"a b": 1, "\'c\'": 2, "<d> e": 3, "{": 6, "}": "{"}',
    "no names": '{"": {"a": 1}, " ": {"b": 2}, "  ": 3}',
    "twice": '{"a": 1, "a": {"a": 2},\n"a": 3}',
    "no objects": '["a", {"b": 1}, "c"]',
    "text": '"a: b"',
    "numbers": '{"a": -1.5E+3, "b": 1e5, "c": 0, "d": true, "e": null}',
    "beyond ASCII": '{"é ü": "{", "\U0001f600": {"日本": 1}}',
    "many": json.dumps({f"a{n}": {"b": n} for n in range(700)}, indent=1),
    "long": json.dumps({"a" * 3_000: {"b" * 300: 1}}),
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_what_is_found(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert jsonlines.read(lines_of(text)) is not None
    mine = extract(text, "json")
    monkeypatch.setattr(jsonlines, "read", lambda _: None)
    theirs = extract(text, "json")
    assert mine.definitions == theirs.definitions
    assert mine.references == theirs.references == ()


# Of names with escapes the grammar's query finds parts.
NAMES = st.text(max_size=5).filter(lambda name: json.dumps(name, ensure_ascii=False)[1:-1] == name)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 0, 2]))
def test_any_value(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    mine = jsonlines.read(lines_of(text))
    assert mine is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonlines, "read", lambda _: None)
        assert mine[0] == outline(text, "json")


@pytest.mark.parametrize(
    "text",
    [
        "", "{", '{"a": 1', '{"a" 1}', "// a\n{}", '{"a": NaN}', '{"a": -Infinity}', "{a: 1}",
        '{"a": "b\nc"}', "[" * 200_000, '{"a":' * 200_000, '"' + "a" * (2 << 20) + '"', "{}}",
    ],
)  # fmt: skip
def test_what_is_left_to_the_parser(text: str) -> None:
    assert jsonlines.read(lines_of(text)) is None


def test_names_with_escapes() -> None:
    text = '{"\\u0061": {"\\\\": 1}, "\\"b\\"": 2}'
    found = [(one.name, one.container) for one in outline(text, "json")]
    assert found == [("\\u0061", ""), ("\\\\", "\\u0061"), ('\\"b\\"', "")]


def test_half_a_character_becomes_a_question_mark() -> None:
    assert outline('{"\ud83d": 1}', "json") == [Definition("?", "key", 1, 1)]
