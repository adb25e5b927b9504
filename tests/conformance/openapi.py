"""OpenAI's published OpenAPI document as JSON schemas; `install.sh` puts it beside the clients."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance import cache

_SCHEMAS = "#/components/schemas/"


def check(name: str, data: Any) -> None:
    """Hold an answer against the schema of this name; skips the test without the document."""
    problem = best_match(_validator(name).iter_errors(data))
    assert problem is None, f"not {name}: {problem.message} at {problem.json_path}"


def check_event(data: Mapping[str, Any]) -> None:
    """Hold an event of the responses against the schema of its type."""
    check(_events()[data["type"]], data)


@functools.cache
def _document() -> Mapping[str, Any]:
    path = cache.folder() / "openapi" / "openai.yml"
    if not path.exists():
        pytest.skip("the OpenAPI document is not there: run tests/conformance/install.sh")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # 2.5 MB: ten seconds without the first
    read = yaml.load(path.read_bytes(), loader)
    assert read["openapi"].startswith("3.1.")  # so that its schemas are JSON schemas of 2020
    made: Mapping[str, Any] = _without_nullable(read)
    return made


def _without_nullable(value: Any) -> Any:
    """Return the document with what is left in it of OpenAPI 3.0, where `nullable` allows null."""
    if isinstance(value, list):
        return [_without_nullable(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {key: _without_nullable(one) for key, one in value.items()}
    if made.get("nullable") is True:
        del made["nullable"]
        return {"anyOf": [made, {"type": "null"}]}
    return made


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    document = _document()
    assert name in document["components"]["schemas"]
    components = {"components": document["components"]}
    return Draft202012Validator({"$ref": _SCHEMAS + name, **components})


@functools.cache
def _events() -> Mapping[str, str]:
    """Return the schemas of the events of a stream, by their types."""
    schemas = _document()["components"]["schemas"]
    found: dict[str, str] = {}
    for one in schemas["ResponseStreamEvent"]["anyOf"]:
        name = one["$ref"].removeprefix(_SCHEMAS)
        for kind in schemas[name]["properties"]["type"]["enum"]:
            found[kind] = name
    return found
