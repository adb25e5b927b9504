"""The indexer's process, as the daemon has it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest
import pytest_asyncio

from arriero.index.client import IndexClient
from arriero.index.grep import Pattern
from arriero.index.paths import DATABASE
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.folderwatch import Changed
from daemon.clock import until
from index.harness import Disk, content, settle

LONG = 60.0


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    disk = Disk(tmp_path)
    disk.write("src/users.py", "def get_user_name():\n    return 'llama'\n")
    disk.write("README.md", "# A project\n\nAbout alpacas.\n")
    return disk


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[IndexClient]:
    client = IndexClient(tmp_path / "cache")
    yield client
    await client.close()


def shown(index: WorkspaceIndex, query: str) -> list[str]:
    return [os.path.relpath(hit.path, index.root) for hit in index.search_text(query)]


def lines(index: WorkspaceIndex, text: str) -> list[tuple[str, int]]:
    found = index.grep(Pattern(text, literal=True))
    return [(os.path.relpath(f.path, index.root), n) for f in found.files for n, _ in f.lines]


async def test_from_start_to_a_saved_file(disk: Disk, client: IndexClient) -> None:
    index = client.open(disk.root)
    assert shown(index, "llama") == []
    assert lines(index, "llama") == [("src/users.py", 2)]  # from disk
    assert await index.settled(LONG)
    assert index.status.files == 2
    assert shown(index, "getUserName") == ["src/users.py"]
    assert lines(index, "llama") == [("src/users.py", 2)]

    path = disk.write("src/llama.py", "vicuna = 1\n")
    index.feed([Changed(path, "created")])
    assert lines(index, "vicuna") == [("src/llama.py", 1)]
    assert await index.settled(LONG)
    assert shown(index, "vicuna") == ["src/llama.py"]

    os.unlink(path)
    index.feed([Changed(path, "deleted")])
    assert await index.settled(LONG)
    assert shown(index, "vicuna") == []


async def test_a_buffer_counts_at_once_and_is_never_on_disk(
    disk: Disk, client: IndexClient
) -> None:
    index = client.open(disk.root)
    path = os.path.join(disk.root, "src/users.py")
    index.lay(path, "guanaco = 1\n")
    assert shown(index, "guanaco") == ["src/users.py"]
    assert await index.settled(LONG)
    assert shown(index, "guanaco users") == ["src/users.py"]
    assert shown(index, "llama") == []
    assert lines(index, "guanaco") == [("src/users.py", 1)]
    assert lines(index, "llama") == []
    new = os.path.join(disk.root, "src/new.py")
    index.lay(new, "not_saved = 1\n")
    assert lines(index, "not_saved") == [("src/new.py", 1)]
    index.lift(path)
    index.lift(new)
    assert shown(index, "llama") == ["src/users.py"]
    assert shown(index, "guanaco") == []
    assert lines(index, "not_saved") == []
    await client.close()
    folder = index.folder
    assert all(b"guanaco" not in (folder / name).read_bytes() for name in os.listdir(folder))


async def test_of_two_on_one_cache_the_second_only_reads(
    disk: Disk, client: IndexClient, tmp_path: Path
) -> None:
    index = client.open(disk.root)
    assert await index.settled(LONG)
    told = asyncio.Event()
    other = IndexClient(tmp_path / "cache", tell=lambda status: told.set())
    try:
        second = other.open(disk.root)
        await asyncio.wait_for(told.wait(), LONG)
        assert "Another Arriero" in second.status.problem
        assert second.unsure() is None
        assert shown(second, "llama") == ["src/users.py"]
        assert lines(second, "llama") == [("src/users.py", 2)]
        await client.close()
        assert await second.settled(LONG)
        assert second.unsure() == ()
        assert not second.status.problem
    finally:
        await other.close()


async def test_pausing_lets_changes_through(disk: Disk, client: IndexClient) -> None:
    index = client.open(disk.root)
    assert await index.settled(LONG)
    client.pause()
    path = disk.write("src/users.py", "suri = 1\n")
    index.feed([Changed(path, "changed")])
    assert await index.settled(LONG)
    assert shown(index, "suri") == ["src/users.py"]
    client.resume()


async def test_what_is_not_read_is_said_while_it_is_paused(disk: Disk, client: IndexClient) -> None:
    client.pause()
    index = client.open(disk.root)
    while index.status.phase != "building":
        await asyncio.sleep(0.01)
    assert index.status.pending == 2
    assert lines(index, "llama") == [("src/users.py", 2)]
    client.resume()
    assert await index.settled(LONG)


async def test_killed_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(4)
    disk = Disk(tmp_path)
    for number in range(200):
        disk.write(f"d{number % 7}/f{number}.py", f"name_{number} = {number}\n" * 50)
    client = IndexClient(tmp_path / "cache", options={"batch_files": 5})
    try:
        index = client.open(disk.root)
        for _ in range(4):
            while client._process is None:
                await asyncio.sleep(0.01)
            await asyncio.sleep(chance.random() * 0.6)
            if client._process is not None:
                os.kill(client._process.pid, signal.SIGKILL)
            path = disk.write(f"d1/f{chance.randrange(200)}.py", f"x = {chance.random()}\n")
            index.feed([Changed(path, "changed")])
        assert await index.settled(LONG)
    finally:
        await client.close()
    fresh = disk.build()
    settle(fresh)
    fresh.close()
    assert content(index.folder) == content(disk.index)


async def test_a_worker_that_dies_takes_one_file_with_it(disk: Disk, client: IndexClient) -> None:
    index = client.open(disk.root)
    assert await index.settled(LONG)
    assert client._process is not None
    for worker in psutil.Process(client._process.pid).children():
        worker.kill()
    path = disk.write("src/users.py", "suri = 1\n")
    index.feed([Changed(path, "changed")])
    assert await index.settled(LONG)
    assert shown(index, "suri") == ["src/users.py"]


async def test_a_damaged_database_is_built_anew(disk: Disk, client: IndexClient) -> None:
    index = client.open(disk.root)
    assert await index.settled(LONG)
    client.leave(disk.root)
    await client.close()
    for name in os.listdir(index.folder):  # its log would repair it
        (index.folder / name).unlink()
    (index.folder / DATABASE).write_bytes(b"this is no database" * 1000)
    index = client.open(disk.root)
    assert await index.settled(LONG)
    assert "built anew" in index.status.notice
    assert shown(index, "llama") == ["src/users.py"]


async def test_a_deleted_cache_is_made_anew(
    disk: Disk, client: IndexClient, tmp_path: Path
) -> None:
    index = client.open(disk.root)
    assert await index.settled(LONG)
    made = index.status.made
    shutil.rmtree(tmp_path / "cache")
    assert shown(index, "llama") == []
    await until(lambda: index.status.made not in (made, 0.0) and index.status.phase == "ready")
    assert shown(index, "llama") == ["src/users.py"]
    assert index.status.message == ""


async def test_nothing_grows(disk: Disk, client: IndexClient) -> None:
    index = client.open(disk.root)
    assert await index.settled(LONG)
    assert client._process is not None
    process = psutil.Process(client._process.pid)

    async def edit(number: int) -> None:
        path = disk.write("src/users.py", f"name_{number} = 1\n")
        index.feed([Changed(path, "changed")])
        assert await index.settled(LONG)
        assert shown(index, f"name_{number}") == ["src/users.py"]

    for number in range(3):
        await edit(number)
    before, threads = process.num_fds(), process.num_threads()
    for number in range(3, 40):
        await edit(number)
    # A checkpoint or another worker that begins has some for a moment.
    await until(lambda: process.num_fds() <= before + 4)
    await until(lambda: process.num_threads() <= threads + 1)
    assert not index._pending


async def test_the_process_waits_for_the_next_workspace(disk: Disk, client: IndexClient) -> None:
    index = client.open(disk.root)
    assert await index.settled(LONG)
    assert client._process is not None
    pid = client._process.pid
    client.leave(disk.root)
    path = disk.write("src/later.py", "suri = 1\n")  # nobody tells of it
    again = client.open(disk.root)
    assert again is not index
    assert await again.settled(LONG)
    assert shown(again, "suri") == [os.path.relpath(path, disk.root)]
    assert client._process.pid == pid


async def test_a_report_of_an_index_that_was_left_says_nothing_of_the_next(
    disk: Disk, client: IndexClient
) -> None:
    index = client.open(disk.root)
    assert await index.settled(LONG)
    late = json.dumps(asdict(index.status)).encode()
    client.leave(disk.root)
    again = client.open(disk.root)
    client._take_in(late)
    assert again.status.phase == "waiting"
    assert await again.settled(LONG)


async def test_the_process_ends_when_no_workspace_comes(tmp_path: Path, disk: Disk) -> None:
    client = IndexClient(tmp_path / "cache", linger=0.0)
    try:
        index = client.open(disk.root)
        assert await index.settled(LONG)
        process = client._process
        assert process is not None
        children = psutil.Process(process.pid).children()
        assert children
        client.leave(disk.root)
        assert await asyncio.wait_for(process.wait(), LONG) == 0
        psutil.wait_procs(children, timeout=LONG)
        assert not any(child.is_running() for child in children)
        again = client.open(disk.root)
        assert await again.settled(LONG)
        assert client._process is not process
        assert shown(again, "llama") == ["src/users.py"]
    finally:
        await client.close()
