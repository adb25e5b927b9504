"""The models of the published packages, as a check of what is written.

The packages themselves pass over what is wrong, since they never check what a server sends. They
are made from the published OpenAPI files, which no package has. Here they are checked strictly: no
number for a text, no field that is missing, and none that they do not have but those that are ours.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

Made = TypeVar("Made", bound=BaseModel)

# Where a model's thoughts stand in OpenAI's chat, by a use that other servers began; and what
# OpenAI's own answers have beside the model: `status` is that of a custom tool's call.
OURS = frozenset({"reasoning_content", "store", "status"})


def event_models(union: Any) -> dict[str, type[BaseModel]]:
    """Return the model of each event of a union, by its type."""
    found: dict[str, type[BaseModel]] = {}
    members = get_args(union)
    if not all(isinstance(one, type) for one in members):  # the union is the first of an Annotated
        members = get_args(members[0])
    for model in members:
        assert issubclass(model, BaseModel)
        (name,) = get_args(model.model_fields["type"].annotation)
        found[name] = model
    return found


def check_event(models: Mapping[str, type[BaseModel]], name: str | None, data: Any) -> Any:
    """Check an event of a stream, whose name is its type, and return it as the package has it."""
    assert name == data["type"]
    return checked(models[data["type"]], data)


def checked(model: type[Made], data: Any, ours: Collection[str] = OURS) -> Made:
    """Return data as a published model has it; raises ValidationError, AssertionError."""
    made = model.model_validate_json(json.dumps(data), strict=True)
    unknown = [name for name in _extras(made) if name.rpartition(".")[2] not in ours]
    assert not unknown, f"not in the published model: {unknown}"
    return made


def _extras(value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of the fields that no model has."""
    if isinstance(value, BaseModel):
        yield from (f"{path}.{name}" for name in value.model_extra or ())
        for name in value.model_fields_set & set(type(value).model_fields):
            yield from _extras(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _extras(one, f"{path}[{number}]")
