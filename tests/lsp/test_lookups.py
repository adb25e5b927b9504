"""Files on a disk that does not answer: nobody waits but who named them, and not for long."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.lsp import lookups
from arriero.lsp.documents import Folder, OpenDocuments
from arriero.lsp.lookups import Lookups, files_named
from arriero.rpc.message import Notification, Response
from arriero.workspace.realpath import real_path
from lsp.fake_hub import FakeHub
from lsp.serving import Connect, open_document

LONG = 10.0  # seconds that a test waits for anything


class Silence:
    """Paths in a folder `silent` are not answered for until `end` is set."""

    def __init__(self) -> None:
        self.end = threading.Event()
        self.asked = threading.Semaphore(0)

    def real_path(self, path: str) -> str | None:
        if "silent/" in path and not self.end.is_set():
            assert threading.current_thread() is not threading.main_thread()
            self.asked.release()
            assert self.end.wait(LONG)
        return real_path(path)


@pytest.fixture
async def silence(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Silence]:
    made = Silence()
    monkeypatch.setattr(lookups, "real_path", made.real_path)
    monkeypatch.setattr(lookups, "_PATIENCE", 0.05)
    yield made
    made.end.set()


async def test_a_silent_disk_holds_up_nobody(
    connect: Connect, hub: FakeHub, folder: Path, silence: Silence
) -> None:
    other = await connect()
    client = await connect()
    (folder / "silent").mkdir()
    (folder / "to").symlink_to(folder / "silent")
    for name in ("silent/a", "to/b", "c"):  # what is not silent comes after what is
        open_document(client, folder / name, name)
    asked = client.start("arriero/status")[1]
    await other.request("arriero/status")
    await asyncio.wait_for(asked, LONG)
    buffers = hub.attachments[-1].editor.buffers
    assert {one.path: one.text for one in buffers.all()} == {
        f"{folder}/silent/a": "silent/a",
        f"{folder}/silent/b": "to/b",  # the disk was asked about this one, and did answer
        f"{folder}/c": "c",
    }


async def test_a_folder_that_was_silent_is_not_waited_for_again(silence: Silence) -> None:
    told = Lookups(lambda uri: f"written {uri}")
    await told.look_up(["file:///silent/a", "file:///silent/b"])
    await told.look_up(["file:///silent/c", "file:///fine"])
    assert silence.asked.acquire(timeout=LONG)
    assert not silence.asked.acquire(blocking=False)
    paths = [told.path_of(f"file:///{name}") for name in ("silent/a", "silent/c", "fine")]
    assert paths == ["written file:///silent/a", "written file:///silent/c", "/fine"]
    silence.end.set()
    await told.look_up(["file:///silent/d"])
    while told.path_of("file:///silent/d").startswith("written"):
        await asyncio.sleep(0.001)  # until the thread is done
        await told.look_up(["file:///silent/d"])
    assert told.path_of("file:///silent/d") == os.path.realpath("/silent/d")


async def test_a_message_may_name_any_number_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as all that have problems: each is looked for once, and never by the loop."""
    asked: list[str] = []

    def counted(path: str) -> str:
        assert threading.current_thread() is not threading.main_thread()
        asked.append(path)
        return path

    monkeypatch.setattr(lookups, "real_path", counted)
    monkeypatch.setattr(lookups, "_MOST", 3)
    told = Lookups(lambda uri: uri)
    many = [f"file:///{number}" for number in range(10)]
    await told.look_up(many)
    assert [told.path_of(uri) for uri in many] == [f"/{number}" for number in range(10)] == asked
    await told.look_up(["file:///last"])
    assert told.path_of("file:///last") == "/last"
    await told.look_up([many[8], "file:///new"])
    assert told.path_of(many[8]) == "/8"  # named of late, and kept for that
    with pytest.raises(AssertionError):  # it was forgotten, and the disk is asked here
        told.path_of(many[0])


async def test_what_is_written_is_taken_where_the_disk_is_silent(silence: Silence) -> None:
    documents = OpenDocuments()
    documents.folders = [Folder("file:///link", "/link", "/silent")]
    for uri in ("file:///link/silent/../x", "file:///silent/y"):
        preparing = documents.looked_up(_opened(uri))
        assert preparing is not None
        await preparing
    assert documents.path_of("file:///silent/y") == "/silent/y"
    assert documents.path_of("file:///link/silent/../x") == "/silent/x"


async def test_what_is_open_is_not_looked_up_again() -> None:
    documents = OpenDocuments()
    documents.put("file:///a", "text", 1, "python")
    assert documents.looked_up(_opened("file:///a")) is None
    assert documents.looked_up(_opened("untitled:1")) is None
    assert documents.looked_up(Response(1, {"uri": "file:///b"}, None)) is None


def _opened(uri: str) -> Notification:
    return Notification("textDocument/didOpen", {"textDocument": {"uri": uri}})


@pytest.mark.parametrize(
    ("params", "uris"),
    [
        ({"textDocument": {"uri": "file:///a"}}, ["file:///a"]),
        (
            {"rootUri": "file:///r", "workspaceFolders": [{"uri": "file:///w"}]},
            "file:///r file:///w",
        ),
        ({"rootUri": None, "rootPath": "/r d"}, ["file:///r%20d"]),
        ({"rootPath": ""}, []),
        ({"event": {"added": [{"uri": "file:///n"}], "removed": []}}, ["file:///n"]),
        ({"files": [{"oldUri": "file:///o", "newUri": "file:///n"}]}, "file:///o file:///n"),
        (
            {"arguments": [{"uri": "file:///u", "files": ["file:///f", "untitled:1"]}]},
            "file:///u file:///f",
        ),
        ({"textDocument": {"uri": "untitled:1"}}, []),
        ({"arguments": ["file:///a", None, 1]}, []),
        ([], []),
        (None, []),
    ],
)
def test_what_a_message_names(params: Any, uris: list[str] | str) -> None:
    assert list(files_named(params)) == (uris.split() if isinstance(uris, str) else uris)


NAMES = [
    "textDocument",
    "workspaceFolders",
    "event",
    "added",
    "files",
    "arguments",
    "uri",
    "rootUri",
    "rootPath",
]
ANY = st.recursive(
    st.none() | st.integers() | st.sampled_from(["file:///a", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
)


@given(ANY)
def test_nothing_in_a_message_is_a_mistake_of_ours(params: Any) -> None:
    assert set(files_named(params)) <= {"file:///a", "file://x"}
