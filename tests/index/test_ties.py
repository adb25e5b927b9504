"""Of files that are equally good the order is that of their names, however many are wanted."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from arriero.index.reader import Snapshot
from arriero.index.schema import CHUNKS_OF_A_FILE
from arriero.index.ties import Scored, best_chunks, heaviest_files


class Files:
    """A snapshot that knows the names of some files; `asked` are the ids that it was asked for."""

    def __init__(self, names: dict[int, bytes]) -> None:
        self._names = names
        self.asked: set[int] = set()

    def names(self, ids: Collection[int]) -> dict[int, bytes]:
        self.asked |= set(ids)
        return {ident: self._names[ident] for ident in ids if ident in self._names}

    @property
    def snapshot(self) -> Snapshot:
        return cast("Snapshot", self)


def chunk(score: float, file: int, number: int = 0) -> Scored:
    return score, file * CHUNKS_OF_A_FILE + number


WEIGHTS = {1: 3.0, 2: 1.0, 3: 2.0, 4: 2.0, 5: 2.0}


def test_with_the_last_file_come_those_that_are_as_good() -> None:
    files = Files({1: b"z", 2: b"a", 3: b"c", 4: b"b"})  # the fifth is not there any more
    assert heaviest_files(files.snapshot, WEIGHTS, 2) == [(1, b"z"), (4, b"b"), (3, b"c")]
    assert files.asked == {1, 3, 4, 5}
    every = [(1, b"z"), (4, b"b"), (3, b"c"), (2, b"a")]
    assert heaviest_files(files.snapshot, WEIGHTS, 5) == every


def test_equal_chunks_are_by_file_and_place() -> None:
    files = Files({1: b"z", 2: b"b", 3: b"a"})
    tied = [chunk(-2, 2), chunk(-2, 2, 1), chunk(-2, 3, 7), chunk(-2, 4)]  # the fourth is gone
    scored = [chunk(-1, 1, 1), *reversed(tied), chunk(-3, 1)]
    best = [chunk(-3, 1), chunk(-2, 3, 7), chunk(-2, 2), chunk(-2, 2, 1), chunk(-1, 1, 1)]
    for most in (1, 2, 3, 4, 6):
        assert best_chunks(files.snapshot, scored, most) == best[:most]
    assert 1 not in files.asked  # nothing is as good as its chunks


def test_no_name_is_looked_up_where_none_is_needed() -> None:
    files = Files({})
    scored = [chunk(-1, 1, 1), chunk(-1, 1), chunk(-2, 2)]
    best = [chunk(-2, 2), chunk(-1, 1), chunk(-1, 1, 1)]
    assert [best_chunks(files.snapshot, scored, most) for most in (1, 2, 3, 4)] == [
        best[:1], best[:2], best, best,
    ]  # fmt: skip
    assert best_chunks(files.snapshot, [], 3) == []
    assert files.asked == set()
