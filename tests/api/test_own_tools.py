"""Functions of the program as tools: what they take, what they give, and how they may end."""

from __future__ import annotations

import functools
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Optional

import pytest
from pydantic import BaseModel, Field

from arriero import ToolExecutor, get_tools_array


@dataclass
class Point:
    """Where something is."""

    x: int
    y: int = 0


class Person(BaseModel):
    """Somebody."""

    name: str


class Colour(Enum):
    """One of two."""

    RED = "red"
    BLUE = "blue"


def place(point: Point, people: list[Person], colour: Optional[Colour] = None) -> str:  # noqa: UP045 - as programs write it
    """Place people."""
    return f"{point} {people} {colour}"


def needed(count: Optional[int]) -> str:  # noqa: UP045 - as programs write it
    """Count."""
    return f"count is {count!r}"


def described(at: Point, most: Annotated[int, Field(ge=1, description="How many.")] = 1) -> str:
    """Describe.

    Args:
        at (Point): where
            it is.
    """
    return f"{at} {most}"


def first(words: list[str]) -> str:
    """Return the first that is long."""
    return next(word for word in words if len(word) > 10)


def leaves(code: int) -> None:
    """Exit."""
    sys.exit(code)


async def leaves_later(code: int) -> None:
    """Exit."""
    sys.exit(code)


def _decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        return function(*given, **named)

    return called


@_decorated
async def awaited(number: int) -> int:
    """Return one more."""
    return number + 1


def point() -> Point:
    """Return a point."""
    return Point(1)


def dated() -> dict[str, Any]:
    """Return what has a date in it."""
    return {"when": date(2020, 1, 1), "who": [Person(name="Ann")]}


def one_by_one() -> Iterator[int]:
    """Yield numbers."""
    yield from (1, 2)


async def never_in_json() -> object:
    """Return what cannot be told."""

    async def forever() -> AsyncIterator[int]:
        yield 1

    return forever()


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        (
            place,
            {"point": {"x": 1}, "people": [{"name": "Ann"}], "colour": "red"},
            "Point(x=1, y=0) [Person(name='Ann')] Colour.RED",
        ),
        (place, {"point": {"x": 1}, "people": [], "colour": None}, "Point(x=1, y=0) [] None"),
        (needed, {"count": None}, "count is None"),
        (needed, {"count": "3"}, "count is 3"),
        (needed, {}, "'count' is missing"),
        (described, {"at": {"x": 1}, "most": 0}, "greater than or equal to 1"),
        (first, {"words": ["short"]}, "StopIteration"),
        (leaves, {"code": 3}, "SystemExit: 3"),
        (leaves_later, {"code": 3}, "SystemExit: 3"),
        (awaited, {"number": 1}, "2"),
        (point, {}, '{"x": 1, "y": 0}'),
        (dated, {}, '{"when": "2020-01-01", "who": [{"name": "Ann"}]}'),
        (one_by_one, {}, "[1, 2]"),
        (never_in_json, {}, "async_generator object"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_comes_of_a_call(
    tmp_path: Path, function: Callable[..., Any], arguments: Any, said: str
) -> None:
    with ToolExecutor(tmp_path, state=tmp_path / "state", tools=[function]) as tools:
        assert said in tools.execute(function.__name__, arguments)


def _properties(function: Callable[..., Any]) -> tuple[dict[str, Any], Sequence[str]]:
    (one,) = get_tools_array([function])
    parameters = one["function"]["parameters"]
    return parameters["properties"], parameters.get("required", [])


def test_the_model_is_told_what_is_in_them() -> None:
    told, required = _properties(place)
    assert told["point"]["properties"]["x"]["type"] == "integer"
    assert told["people"]["items"]["properties"]["name"]["type"] == "string"
    assert told["colour"]["enum"] == ["red", "blue"]
    assert required == ["point", "people"]
    assert "$ref" not in str(told)


def test_null_is_offered_where_it_has_to_be_said() -> None:
    told, required = _properties(needed)
    assert told["count"]["anyOf"] == [{"type": "integer"}, {"type": "null"}]
    assert required == ["count"]


def test_descriptions_in_every_form() -> None:
    told, _ = _properties(described)
    assert told["at"]["description"] == "where it is."
    assert (told["most"]["description"], told["most"]["minimum"]) == ("How many.", 1)


def by_place(at: int, /) -> None:
    """Take it by its place."""


def hidden(_at: int) -> None:
    """Take what is hidden."""


class CallableObject:
    """What can be called, and is no function."""

    def __call__(self, at: int) -> None:
        """Take it."""


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (by_place, "by_place: 'at' cannot be given by its name"),
        (hidden, "hidden: '_at' cannot be given by its name"),
        (functools.partial(needed, 1), "is no function"),
        (CallableObject(), "is no function"),
    ],
    ids=["by place", "hidden", "partial", "an object"],
)
def test_what_cannot_be_a_tool(function: Callable[..., Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        get_tools_array([function])
