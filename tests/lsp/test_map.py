"""`arriero/map`: how long it waits for what matters to be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from arriero.lsp.connection import Connection
from arriero.lsp.index_messages import MapParams
from arriero.lsp.methods.map import repo_map


class Index:
    """Settles at once; tells these outlines one after the other, and always the same note."""

    def __init__(self, outlines: Sequence[str], note: str) -> None:
        self.outlines = list(outlines)
        self.told = note

    async def settle(self, *_: object) -> None:
        return

    def searcher(self, *_: object) -> Index:
        return self

    def outline(self, *_: object) -> str:
        return self.outlines.pop(0)

    def note(self) -> str:
        return self.told


def connection(index: Index) -> Connection:
    async def attached() -> SimpleNamespace:
        return SimpleNamespace(roots=("/w",))

    documents = SimpleNamespace(all=list)
    hub = SimpleNamespace(indexes=index)
    return cast("Connection", SimpleNamespace(attached=attached, hub=hub, documents=documents))


@pytest.mark.parametrize(
    ("outlines", "note", "text", "left"),
    [
        (["", "", "a.py"], "", "a.py", 0),  # ready, and worked out soon
        (["", "a.py"], "The disk is full.", "", 1),  # not ready after it was waited for
        (["a.py", ""], "The disk is full.", "a.py", 1),
    ],
)
async def test_how_long_it_is_waited_for(
    outlines: list[str], note: str, text: str, left: int
) -> None:
    index = Index(outlines, note)
    told = await repo_map(connection(index), MapParams(wait=30.0))
    assert (told.text, told.note, told.complete) == (text, note, not note)
    assert len(index.outlines) == left


async def test_what_is_not_worked_out_in_time_is_told() -> None:
    told = await repo_map(connection(Index([""], "")), MapParams(wait=0.0))
    assert (told.text, told.complete) == ("", False)
    assert "ask again" in told.note
