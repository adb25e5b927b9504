"""Reads the fields of a request that somebody else wrote. No input or output happens here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from arriero.gateway.dialect import Refused


class Fields:
    """The fields of one object in a request; `path` is where it stands, for the refusals.

    A field that is null is as one that is missing. What has the wrong type raises `Refused` with
    the field's path as its parameter, such as `messages[2].content`.
    """

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self.values = values
        self.path = path

    def where(self, name: str) -> str:
        """Return the path of a field of this object."""
        return f"{self.path}.{name}" if self.path else name

    def refused(self, name: str, wanted: str) -> Refused:
        """Return the refusal of a field that is not what it must be."""
        where = self.where(name)
        return Refused("invalid", f"{where} must be {wanted}.", parameter=where)

    def has(self, name: str) -> bool:
        """Tell whether a field is there and not null."""
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """Return a string."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.refused(name, "a string")
        return value

    def needed(self, name: str) -> str:
        """Return a string that must be there and not be empty."""
        if not (value := self.text(name)):
            raise self.refused(name, "a string that is not empty")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return true or false."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refused(name, "true or false")
        return value

    def number(self, name: str) -> float | None:
        """Return a number that is finite."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refused(name, "a number")
        if not math.isfinite(value):
            raise self.refused(name, "a number that is finite")
        return value

    def whole(self, name: str, least: int | None = None) -> int | None:
        """Return a whole number, which is not less than `least`."""
        value = self.number(name)
        if value is None:
            return None
        if value != int(value):
            raise self.refused(name, "a whole number")
        if least is not None and value < least:
            raise self.refused(name, f"{least} or more")
        return int(value)

    def one(self, name: str) -> Fields | None:
        """Return an object, None where there is none."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.refused(name, "an object")
        return Fields(value, self.where(name))

    def each(self, name: str) -> Iterator[Fields]:
        """Yield the objects of a list, none where there is no list."""
        for position, value in enumerate(self.items(name)):
            where = f"{self.where(name)}[{position}]"
            if not isinstance(value, Mapping):
                raise Refused("invalid", f"{where} must be an object.", parameter=where)
            yield Fields(value, where)

    def items(self, name: str) -> list[Any]:
        """Return a list, empty where there is none."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refused(name, "a list")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return strings that are not empty, given as a list or as one string."""
        value = self.values.get(name)
        if value is None:
            return ()
        listed = [value] if isinstance(value, str) else self.items(name)
        if not all(isinstance(one, str) for one in listed):
            raise self.refused(name, "a string or a list of strings")
        return tuple(one for one in listed if one)


def sampling(fields: Fields, *names: str) -> dict[str, float | int]:
    """Return those of the sampling options that are given."""
    given: dict[str, float | int] = {}
    for name in names:
        if name in fields.values and (value := fields.number(name)) is not None:
            given[name] = value
    return given
