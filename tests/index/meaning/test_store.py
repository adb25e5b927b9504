"""The vectors on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from arriero.index.meaning.store import DATABASE, Full, VectorStore

DAY = 86_400.0


class Days:
    """A clock that counts days."""

    def __init__(self) -> None:
        self.day = 20_000

    def __call__(self) -> float:
        return self.day * DAY


def digests(first: int, count: int) -> list[bytes]:
    return [number.to_bytes(16, "big") for number in range(first, first + count)]


def vectors(first: int, count: int, size: int = 900) -> list[tuple[bytes, bytes]]:
    return [(digest, digest[-1:] * size) for digest in digests(first, count)]


@pytest.fixture
def days() -> Days:
    return Days()


@pytest.fixture
def store(tmp_path: Path, days: Days) -> Iterator[VectorStore]:
    made = VectorStore(tmp_path, 10_000_000, days)
    yield made
    made.close()


def test_what_was_put_is_there_for_its_model_only(store: VectorStore, tmp_path: Path) -> None:
    one, two = store.model("one")[0], store.model("two")[0]
    assert store.model("one") == (one, 0)
    store.restart(one, 900)
    store.put(one, vectors(0, 700))
    assert store.vectors(one, digests(0, 701)) == dict(vectors(0, 700))
    assert store.vectors(two, digests(0, 3)) == {}
    other = VectorStore(tmp_path, 10_000_000)  # another process
    assert other.model("one") == (one, 900)
    assert other.vectors(one, digests(5, 1)) == dict(vectors(5, 1))
    other.close()


def test_vectors_of_another_length_take_the_place_of_the_old_ones(store: VectorStore) -> None:
    one, two = store.model("one")[0], store.model("two")[0]
    for model in (one, two):
        store.restart(model, 900)
        store.put(model, vectors(0, 3))
    store.restart(one, 400)
    assert store.vectors(one, digests(0, 3)) == {}
    assert len(store.vectors(two, digests(0, 3))) == 3
    assert store.model("one") == (one, 400)


def test_what_was_not_in_use_for_longest_goes_first(store: VectorStore, days: Days) -> None:
    store.most = 2_000_000
    model = store.model("m")[0]
    store.put(model, vectors(0, 1_000))
    days.day += 5
    store.put(model, vectors(1_000, 800))
    days.day += 5
    store.vectors(model, digests(0, 100))  # in use again
    for first in range(2_000, 2_800, 100):
        store.put(model, vectors(first, 100))
    assert store.size < store.most + 200_000
    left = store.vectors(model, digests(0, 1_800))
    assert set(digests(0, 100)) <= set(left), "what is in use stays"
    assert len(left) < 1_800
    assert len(store.vectors(model, digests(2_000, 800))) == 800


def test_where_all_is_in_use_nothing_is_added(store: VectorStore) -> None:
    store.most = 500_000
    model = store.model("m")[0]
    store.put(model, vectors(0, 600))
    with pytest.raises(Full):
        store.put(model, vectors(1_000, 1))
    assert len(store.vectors(model, digests(0, 600))) == 600
    store.most = 5_000_000
    store.put(model, vectors(1_000, 1))


def test_pieces_of_files(store: VectorStore) -> None:
    found = {key: key * 3 for key in digests(0, 600)}
    store.put_pieces(found)
    store.put_pieces({})
    assert store.pieces(digests(0, 700)) == found


@pytest.mark.parametrize("damage", ["text", "version", "table"])
def test_what_cannot_be_read_is_made_anew(tmp_path: Path, damage: str) -> None:
    store = VectorStore(tmp_path, 10_000_000)
    model = store.model("m")[0]
    store.put(model, vectors(0, 3))
    store.close()
    path = tmp_path / DATABASE
    if damage == "text":
        path.write_bytes(b"not a database" * 1_000)
    else:
        db = sqlite3.connect(path)
        db.execute("PRAGMA user_version = 99" if damage == "version" else "DROP TABLE vectors")
        db.commit()
        db.close()
    store = VectorStore(tmp_path, 10_000_000)
    model = store.model("m")[0]
    store.put(model, vectors(0, 1))
    assert len(store.vectors(model, digests(0, 3))) == 1
    store.close()
