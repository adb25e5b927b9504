"""What all groups of settings have in common."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.config import JsonDict

# Marks settings in which a `~` at the beginning stands for the user's home.
FOLDERS: JsonDict = {"folders": True}

# Marks settings that a process reads when it begins, and not again.
AT_START: JsonDict = {"at_start": True}


def _full_paths(value: tuple[str, ...]) -> tuple[str, ...]:
    for item in value:
        if not PurePath(item).is_absolute():
            raise ValueError(f'must name folders from "/" or "~/" on, not "{item}"')
    return value


FullPaths = Annotated[tuple[str, ...], AfterValidator(_full_paths)]


class Section(BaseModel):
    """A group of settings: immutable, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
