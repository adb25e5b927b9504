"""The process of the vectors, as the daemon uses it."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
from array import array
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numpy", reason="vectors need numpy")

from arriero.index.meaning.client import MeaningClient, MeaningEnded
from index.meaning.embedded import LENGTH, Embedded, vector


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[MeaningClient]:
    made = MeaningClient(tmp_path)
    yield made
    await made.aclose()


@pytest.fixture
def place(tmp_path: Path) -> Embedded:
    """Two files and their index; what is embedded is the client's."""
    made = Embedded(tmp_path / "one", tmp_path / "unused")
    made.close()
    made.disk.write("shear.py", "def shear(llama): pass\n")
    made.disk.write("taxes.py", "def pay(taxes): pass\n")
    made.index()
    return made


def text(numbers: Sequence[float]) -> str:
    return base64.b64encode(array("f", numbers)).decode()


async def opened(client: MeaningClient, place: Embedded, **fields: Any) -> dict[str, Any]:
    given = {"model": "m", "most": 100, "disk": 10_000_000, **fields}
    return dict(
        await client.ask("open", root=place.disk.root, index=str(place.disk.index), **given)
    )


async def embed(client: MeaningClient, root: str) -> list[str]:
    """Embed all that lacks a vector; return the texts."""
    seen: list[str] = []
    while True:
        told = await client.ask("next", root=root, most=1, chars=1_000)
        if not told["texts"]:
            assert told["looked"]
            return seen
        ((digest, one),) = told["texts"]
        seen.append(one)
        found = [[digest, text(vector(one))]]
        assert "error" not in await client.ask("put", root=root, length=LENGTH, found=found)


async def test_from_texts_to_what_is_close(client: MeaningClient, place: Embedded) -> None:
    root = place.disk.root
    assert await opened(client, place) == {"id": 1, "chunks": 2, "done": 0, "left_out": 0}
    # The first vectors tell their length, and all is looked up anew.
    assert sorted(set(await embed(client, root))) == [
        "shear.py\ndef shear(llama): pass",
        "taxes.py\ndef pay(taxes): pass",
    ]
    near = await client.ask("near", root=root, vector=text(vector("shear llama")), limit=5)
    assert len(near["rows"]) == 2
    assert near["closeness"][0] > near["closeness"][1]
    assert (near["chunks"], near["done"]) == (2, 2)


async def test_after_a_kill_it_is_started_again_and_has_what_it_had(
    client: MeaningClient, place: Embedded
) -> None:
    root = place.disk.root
    await opened(client, place)
    await embed(client, root)
    assert client._process is not None
    os.kill(client._process.pid, signal.SIGKILL)
    await client._process.wait()
    for _ in range(3):  # what is asked at its death fails once
        try:
            answer = await client.ask("next", root=root, most=1, chars=1)
            break
        except MeaningEnded:
            continue
    assert answer["error"] == "closed"
    await opened(client, place)
    assert await embed(client, root) == []
    assert (await opened(client, place))["done"] == 2


@pytest.mark.parametrize(
    ("do", "fields", "error"),
    [
        ("near", {"vector": text([1.0]), "limit": 3}, "vector"),
        ("near", {"vector": "?", "limit": 3}, "vector"),
        ("put", {"length": 3, "found": [["00", text([1.0, 2.0])]]}, "vector"),
        ("put", {"length": 2, "found": [["00", text([0.0, 0.0])]]}, "vector"),
    ],
)
async def test_what_cannot_be_done(
    client: MeaningClient, place: Embedded, do: str, fields: dict[str, Any], error: str
) -> None:
    root = place.disk.root
    assert (await client.ask(do, root=root, **fields))["error"] == "closed"
    await opened(client, place)
    await embed(client, root)
    assert (await client.ask(do, root=root, **fields))["error"] == error
    assert "error" not in await client.ask("next", root=root, most=1, chars=1)


async def test_there_may_be_no_index_yet(client: MeaningClient, tmp_path: Path) -> None:
    told = await client.ask(
        "open", root="/", index=str(tmp_path / "none"), model="m", most=9, disk=9
    )
    assert told["error"] == "index"


async def test_a_process_that_cannot_be_used(tmp_path: Path) -> None:
    for command in (("/nonexistent",), (sys.executable, "-c", "print('no')")):
        client = MeaningClient(tmp_path, command)
        with pytest.raises(MeaningEnded):
            await client.ask("close", root="/")
        await client.leave("/")
        await client.aclose()


async def test_it_ends_with_the_daemon(client: MeaningClient, place: Embedded) -> None:
    await opened(client, place)
    process = client._process
    assert process is not None
    asking = asyncio.create_task(opened(client, place))
    await asyncio.sleep(0)
    await client.aclose()
    assert process.returncode is not None
    await asyncio.gather(asking, return_exceptions=True)
