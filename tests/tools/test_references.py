"""Schemas without references say what they said with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.gateway.dialect import Dialect, Refused
from arriero.gateway.dialects.chat import CHAT
from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.dialects.ollama_chat import OLLAMA_CHAT
from arriero.gateway.dialects.responses import RESPONSES
from arriero.tools.references import PointsNowhere, written_out

TEXT = {"type": "string"}
NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "v": TEXT}}


def of(part: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": part}, **more}


# A schema, and what it is without references.
ROWS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "none": (of(TEXT, **{"$defs": {"A": TEXT}}), of(TEXT, **{"$defs": {"A": TEXT}})),
    "$defs": (of({"$ref": "#/$defs/A"}, **{"$defs": {"A": TEXT}}), of(TEXT)),
    "definitions": (of({"$ref": "#/definitions/A"}, definitions={"A": TEXT}), of(TEXT)),
    "one leads to another": (
        of({"$ref": "#/$defs/A"}, **{"$defs": {"A": {"$ref": "#/$defs/B"}, "B": TEXT}}),
        of(TEXT),
    ),
    "a place": (
        of(TEXT, required=["a"], items=[{"$ref": "#/properties/a"}]),
        of(TEXT, required=["a"], items=[TEXT]),
    ),
    "a list": (
        {"anyOf": [TEXT, {"type": "null"}], "not": {"$ref": "#/anyOf/1"}},
        {"anyOf": [TEXT, {"type": "null"}], "not": {"type": "null"}},
    ),
    "an anchor": (of({"$ref": "#it"}, **{"$defs": {"A": {"$anchor": "it", **TEXT}}}),
                  of({"$anchor": "it", **TEXT})),
    "odd letters": (of({"$ref": "#/$defs/a~1b~0c%20d"}, **{"$defs": {"a/b~c d": TEXT}}), of(TEXT)),
    "its own name": (
        {"$id": "urn:x", **of({"$ref": "urn:x#/$defs/A"}, **{"$defs": {"A": TEXT}})},
        {"$id": "urn:x", **of(TEXT)},
    ),
    "true": (of({"$ref": "#/$defs/A"}, **{"$defs": {"A": True}}), of({})),
    "false": (of({"$ref": "#/$defs/A"}, **{"$defs": {"A": False}}), of({"not": {}})),
    "the root": ({"$ref": "#/$defs/A", "$defs": {"A": of(TEXT)}}, of(TEXT)),
    "a neighbour that tells": (
        of({"$ref": "#/$defs/A", "description": "mine"},
           **{"$defs": {"A": {**TEXT, "description": "its"}}}),
        of({**TEXT, "description": "mine"}),
    ),
    "a neighbour that demands": (
        of({"$ref": "#/$defs/A", "minLength": 2}, **{"$defs": {"A": {**TEXT, "minLength": 1}}}),
        of({"allOf": [{**TEXT, "minLength": 1}, {"minLength": 2}]}),
    ),
    "it contains itself": (
        of({"$ref": "#/$defs/Node"}, **{"$defs": {"Node": NODE}}),
        of({"type": "object", "properties": {"next": {"type": "object"}, "v": TEXT}}),
    ),
    "all of it again": (of({"$ref": "#"}), of({"type": "object",
                                               "properties": {"a": {"type": "object"}}})),
    "nothing but itself": (of({"$ref": "#/$defs/A"}, **{"$defs": {"A": {"$ref": "#/$defs/A"}}}),
                           of({})),
    "data that looks like one": (of({"const": {"$ref": "#/x"}}), of({"const": {"$ref": "#/x"}})),
    "a field of that name": (of(TEXT, patternProperties={"$ref": TEXT}),
                             of(TEXT, patternProperties={"$ref": TEXT})),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_written_out(name: str) -> None:
    schema, plain = ROWS[name]
    before = json.dumps(schema)
    assert written_out(schema, elsewhere=False) == plain
    assert json.dumps(schema) == before


NOWHERE = ["#/$defs/B", "#/properties/a/7", "#it", "#/$defs/A/type", "https://a.example/b", "x#/y"]


@pytest.mark.parametrize("reference", NOWHERE)
def test_nowhere(reference: str) -> None:
    """Another document is nothing that is fetched; a tool may take any value there."""
    schema = of({"$ref": reference}, **{"$defs": {"A": TEXT}})
    with pytest.raises(PointsNowhere, match=r".+"):
        written_out(schema, elsewhere=False)
    if reference.startswith("#"):
        with pytest.raises(PointsNowhere):
            written_out(schema, elsewhere=True)
    else:
        assert written_out(schema, elsewhere=True) == of({})


def test_what_would_grow_without_end_stays() -> None:
    """Each definition has the next one twice: 2 to the power of 40 of the last."""
    names = [f"#/$defs/{number}" for number in range(41)]
    parts = {
        str(number): of({"$ref": name}, items={"$ref": name})
        for number, name in enumerate(names[1:])
    }
    schema = {"$ref": names[0], "$defs": {**parts, "40": TEXT}}
    assert written_out(schema, elsewhere=False) is schema
    deep: dict[str, Any] = {"$ref": "#/$defs/A"}
    for _ in range(400):
        deep = {"items": deep}
    assert written_out(deep, elsewhere=False) is deep


NAMES = ("A", "B", "C")
LEAVES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"type": "string"},
        {"type": "integer", "minimum": 2},
        {"type": "null"},
        {"enum": [1, "x"]},
        {},
    ]
)


def schemas(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    references: list[dict[str, Any]] = [{"$ref": f"#/$defs/{name}"} for name in names]
    base = st.one_of(LEAVES, st.sampled_from(references)) if names else LEAVES
    return st.recursive(
        base,
        lambda part: st.one_of(
            st.builds(lambda a, b: {"anyOf": [a, b]}, part, part),
            st.builds(lambda a: {"type": "array", "items": a}, part),
            st.builds(lambda a, b: {"properties": {"a": a, "b": b}}, part, part),
            st.builds(lambda a: {"properties": {"a": a}, "required": ["a"]}, part),
        ),
        max_leaves=4,
    )


VALUES = st.recursive(
    st.sampled_from([None, 1, 2, 3, "x", "y", True]),
    lambda part: st.one_of(
        st.lists(part, max_size=2), st.dictionaries(st.sampled_from("ab"), part, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None)
@given(
    root=schemas(NAMES),
    parts=st.tuples(*(schemas(NAMES[n + 1 :]) for n in range(len(NAMES)))),
    values=st.lists(VALUES, min_size=1, max_size=6),
)
def test_the_same_values_are_valid(
    root: dict[str, Any], parts: tuple[dict[str, Any], ...], values: list[Any]
) -> None:
    schema = {**root, "$defs": dict(zip(NAMES, parts, strict=True))}
    plain = written_out(schema, elsewhere=False)
    if '"$ref"' in json.dumps(root):
        assert '"$ref"' not in json.dumps(plain)
    with_them = jsonschema.Draft202012Validator(schema)
    without = jsonschema.Draft202012Validator(plain)
    for value in values:
        assert without.is_valid(value) == with_them.is_valid(value)


SAID: list[dict[str, str]] = [{"role": "user", "content": "Hi"}]
TOOLS: dict[str, tuple[Dialect, str]] = {
    "chat": (CHAT, "tools[0].function.parameters"),
    "responses": (RESPONSES, "tools[0].parameters"),
    "messages": (MESSAGES, "tools[0].input_schema"),
    "ollama": (OLLAMA_CHAT, "tools[0].function.parameters"),
}
FORMATS = {
    "chat": (CHAT, "response_format.json_schema.schema"),
    "responses": (RESPONSES, "text.format.schema"),
    "messages": (MESSAGES, "output_config.format.schema"),
    "ollama": (OLLAMA_CHAT, "format"),
}


def made(where: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A request with a schema at a path, and around it what the dialects want there."""
    beside = {"name": "f", "type": "function" if "tools" in where else "json_schema"}
    value: Any = dict(schema)
    for name in reversed(where.split(".")):
        listed = name.endswith("[0]")
        value = {name.removesuffix("[0]"): [{**beside, **value}] if listed else value}
        if name not in ("tools[0]", "text", "output_config", "response_format"):
            value = {**beside, **value}
    if where == "format":
        value = {"format": dict(schema)}
    return {"model": "m", "messages": SAID, "input": "Hi", "max_tokens": 9, **value}


@pytest.mark.parametrize("dialect", TOOLS)
def test_tools(dialect: str) -> None:
    reads, where = TOOLS[dialect]
    schema, plain = ROWS["$defs"]
    (tool,) = reads.read(made(where, schema)).tools
    assert tool.parameters == plain
    with pytest.raises(Refused) as caught:
        reads.read(made(where, of({"$ref": "#/$defs/B"})))
    assert (caught.value.fault, caught.value.parameter) == ("invalid", where)
    assert "#/$defs/B" in str(caught.value)
    (tool,) = reads.read(made(where, of({"$ref": "https://a.example/b"}))).tools
    assert tool.parameters == of({})


@pytest.mark.parametrize("dialect", FORMATS)
def test_forms_of_answers(dialect: str) -> None:
    reads, where = FORMATS[dialect]
    schema, plain = ROWS["$defs"]
    assert reads.read(made(where, schema)).format == plain
    for reference in ("#/$defs/B", "https://a.example/b"):
        with pytest.raises(Refused) as caught:
            reads.read(made(where, of({"$ref": reference})))
        assert caught.value.parameter == where
