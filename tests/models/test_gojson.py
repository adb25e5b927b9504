"""JSON and time as Go writes them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.models.rehearsal import gojson, gosyntax

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_what_is_written_can_be_read_again(value: object) -> None:
    text = gojson.dumps(value)
    assert json.loads(text) == value
    assert not set(text) & set("<>&\u2028\u2029")
    assert gojson.loads(text.encode("utf-8", "surrogatepass")) is not Ellipsis


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83d"', "\ufffd"),
        (r'"\uDE00 x"', "\ufffd x"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (r'"\\ud83d"', "\\ud83d"),
        (r'"\n\ud83d\t"', "\n\ufffd\t"),
    ],
)
def test_half_of_a_character(text: str, value: str) -> None:
    assert gojson.loads(text.encode()) == value


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "missing request body"),
        (" \n", "missing request body"),
        ("{", "unexpected EOF"),
        ('{"a', "unexpected EOF"),
        ('{"a":', "unexpected EOF"),
        ('{"a":1', "unexpected EOF"),
        ("tru", "unexpected EOF"),
        ("{bad", "invalid character 'b' looking for beginning of object key string"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        ('{"a":[1 2]}', "invalid character '2' after array element"),
        ('{"[":1 2}', "invalid character '2' after object key:value pair"),
        ('{"\\"[":1 2}', "invalid character '2' after object key:value pair"),
        ("[[1] 2]", "invalid character '2' after array element"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("'", "invalid character '\\'' looking for beginning of value"),
        ("NaN", "invalid character 'N' looking for beginning of value"),
        ("nope", "invalid character 'o' in literal null (expecting 'u')"),
        ("[trie]", "invalid character 'i' in literal true (expecting 'u')"),
        ('"a\nb"', "invalid character '\\n' in string literal"),
        ('"\\q"', "invalid character 'q' in string escape code"),
        ('"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("[01]", "invalid character '1' after array element"),
        ("-", "unexpected EOF"),
        ("[-]", "invalid character ']' in numeric literal"),
        ("[1.x]", "invalid character 'x' after decimal point in numeric literal"),
        ("[1e+]", "invalid character ']' in exponent of numeric literal"),
        ("-Infinity", "invalid character 'I' in numeric literal"),
    ],
)
def test_the_decoders_sentences(body: str, sentence: str) -> None:
    with pytest.raises(gojson.GoJSONError) as caught:
        gojson.loads(body.encode())
    assert str(caught.value) == sentence


@given(st.text(alphabet='{}[]",:\\ u0a1.e-tn', max_size=12))
def test_it_agrees_with_pythons_decoder_on_what_is_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        if gosyntax.problem(text) is None:  # then the first value at least is right
            json.JSONDecoder().raw_decode(text.lstrip())
    else:
        assert gosyntax.problem(text) is None


def test_what_follows_the_first_value_is_not_looked_at() -> None:
    assert gojson.loads(b' {"a": 1} rubbish') == {"a": 1}


def test_a_body_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(gojson.GoJSONError):
        gojson.loads(b"[" * 200_000)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (1_500_000_000, "1970-01-01T00:00:01.5Z"),
        (1_795_247_149_378_096_880, "2026-11-21T07:45:49.37809688Z"),
    ],
)
def test_timestamps(nanoseconds: int, text: str) -> None:
    assert gojson.timestamp(nanoseconds) == text


def test_http_dates() -> None:
    assert gojson.http_date(1_795_247_149) == "Sat, 21 Nov 2026 07:45:49 GMT"
