"""The models of the published packages, as a check of what is written.

The packages themselves pass over what is wrong, since they never check what a server sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter


def event_models(union: Any) -> dict[str, TypeAdapter[Any]]:
    """Return a check for each event of a union, by its type."""
    found: dict[str, TypeAdapter[Any]] = {}
    members = get_args(union)
    if not all(isinstance(one, type) for one in members):  # the union is the first of an Annotated
        members = get_args(members[0])
    for model in members:
        assert issubclass(model, BaseModel)
        (name,) = get_args(model.model_fields["type"].annotation)
        found[name] = TypeAdapter(model)
    return found


def check_event(models: Mapping[str, TypeAdapter[Any]], name: str | None, data: Any) -> Any:
    """Check an event of a stream, whose name is its type, and return it as the package has it."""
    assert name == data["type"]
    return models[data["type"]].validate_python(data)
