"""Ranked search finds what was meant, in the index and in buffers alike."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from arriero.index.overlay import LaidText
from arriero.index.reader import Reader, Snapshot
from arriero.index.text import search_text
from index.harness import Disk, settle

FILES = {
    "billing/invoice.py": "class InvoicePrinter:\n    def print_all(self): ...\n",
    "billing/tax.py": "def vat(amount):\n    # used for an invoice\n    return amount\n",
    "users/login.py": "def checkPassword(user_name): ...\n",
    "users/logout.py": "def end_session(): ...\n",
    "notes.md": "Weather and nothing else.\n",
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    disk = Disk(tmp_path_factory.mktemp("text"))
    for name, text in FILES.items():
        disk.write(name, text)
    for number in range(50):
        disk.write(f"other/f{number}.py", f"def thing_{number}(): return {number}\n" * 80)
    build = disk.build()
    settle(build)
    build.close()
    return disk


@pytest.fixture
def snapshot(disk: Disk) -> Iterator[Snapshot]:
    reader = Reader(disk.root, disk.index)
    with reader.read() as snapshot:
        yield snapshot
    reader.close()


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("InvoicePrinter", "billing/invoice.py"),
        ("where are invoices printed? invoice printer", "billing/invoice.py"),
        ("check_password", "users/login.py"),
        ("CHECK PASSWORD", "users/login.py"),
        ("logout", "users/logout.py"),
        ("thing_17", "other/f17.py"),
        ("weather", "notes.md"),
    ],
)
def test_the_first_hit(disk: Disk, snapshot: Snapshot, query: str, first: str) -> None:
    hits = search_text(snapshot, query)
    assert os.path.relpath(hits[0].path, disk.root) == first
    assert list(hits) == sorted(hits, key=lambda hit: -hit.score)
    assert all(len(hit.chunks) <= 3 for hit in hits)


@pytest.mark.parametrize("query", ["", "?!", "xylophone", '"', "* OR NEAR("])
def test_nothing_is_found(snapshot: Snapshot, query: str) -> None:
    assert search_text(snapshot, query) == ()


def test_lines_of_a_hit(snapshot: Snapshot) -> None:
    (hit, *_) = search_text(snapshot, "thing_17 return", limit=1)
    assert {(chunk.line, chunk.end_line) for chunk in hit.chunks} <= {
        (1, 60),
        (61, 80),
    } or hit.chunks
    assert len(search_text(snapshot, "thing", limit=5)) == 5


def test_a_buffer_is_ranked_as_its_file_would_be(disk: Disk, snapshot: Snapshot) -> None:
    path = os.path.join(disk.root, "billing/tax.py")
    indexed = {hit.path: hit.score for hit in search_text(snapshot, "vat invoice")}
    laid = {path: LaidText(path, "billing/tax.py", FILES["billing/tax.py"])}
    buffered = {hit.path: hit.score for hit in search_text(snapshot, "vat invoice", laid=laid)}
    assert buffered.keys() == indexed.keys()
    # The file's symbols are known and weigh more; the rest is the same formula.
    assert 0.5 < buffered[path] / indexed[path] <= 1.01
    del indexed[path], buffered[path]
    assert buffered == indexed


def test_without_an_index_buffers_are_searched(tmp_path: Path) -> None:
    laid = {"/w/a.py": LaidText("/w/a.py", "a.py", "llama = 1\n")}
    assert [hit.path for hit in search_text(None, "llama", laid=laid)] == ["/w/a.py"]


def test_common_words_alone_are_looked_up_in_some_files_from_all_over(
    disk: Disk, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere = {hit.path for hit in search_text(snapshot, "thing number", 100)}
    assert len(everywhere) == 50
    monkeypatch.setattr("arriero.index.chunkscores._MOST_COMMON", 10)
    monkeypatch.setattr("arriero.index.chunkscores._FEW_OF_COMMON", 10)
    found = search_text(snapshot, "thing number", 100)
    assert 3 <= len(found) <= 20
    idents = sorted(file.id for file in snapshot.all_files() if file.path in everywhere)
    chosen = [file.id for file in snapshot.all_files() if file.path in {hit.path for hit in found}]
    assert min(chosen) < idents[20] < idents[-20] < max(chosen)
    # A rare word is not kept from its files by a common one.
    hits = search_text(snapshot, "thing invoice", 100)
    assert disk.root + "/billing/tax.py" in {hit.path for hit in hits}
