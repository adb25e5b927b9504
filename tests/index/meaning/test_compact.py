"""Compact vectors find what comparing all of them in full would find."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.index.meaning import compact
from arriero.index.meaning.compact import Vectors, packed
from arriero.index.schema import CHUNKS_OF_A_FILE

np = pytest.importorskip("numpy", reason="vectors need numpy")


def made(seed: int, count: int, length: int, *, shift: float = 0.0, kinds: int = 0) -> Any:
    """Random vectors, to one side by `shift`, around so many centres if any."""
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((count, length))
    if kinds:
        centres = 2 * random.standard_normal((kinds, length))
        vectors += centres[random.integers(0, kinds, count)]
    return vectors + shift * np.sign(random.standard_normal(length))


def cosines(vectors: Any, question: Any) -> Any:
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(question)
    return vectors @ question / lengths


def filled(vectors: Any, *, parts: int = 1) -> Vectors:
    kept = Vectors(vectors.shape[1])
    for part in np.array_split(np.arange(len(vectors)), parts):
        kept.add(part.tolist(), packed(vectors[part]) if len(part) else [])
    return kept


def tolerance(length: int) -> float:
    """How far a cosine may be off: half a step for each part, which is 1/127 of the largest."""
    return math.sqrt(length) / 127 / 2


@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 300),
    length=st.integers(1, 130),
    limit=st.integers(1, 60),
    shift=st.sampled_from([0.0, 0.5, 5.0]),
    parts=st.integers(1, 5),
)
def test_as_comparing_all_in_full(
    seed: int, count: int, length: int, limit: int, shift: float, parts: int
) -> None:
    vectors = made(seed, count + 1, length, shift=shift)
    vectors, question = vectors[:-1], vectors[-1]
    found = filled(vectors, parts=parts).nearest(question, limit)
    true = cosines(vectors, question)
    off = tolerance(length)
    assert len(found.rows) == len(set(found.rows)) == min(limit, count)
    assert list(found.closeness) == sorted(found.closeness, reverse=True)
    for row, closeness in zip(found.rows, found.closeness, strict=True):
        assert abs(closeness - true[row]) <= off
    least = np.sort(true)[::-1][len(found.rows) - 1]
    assert min(true[list(found.rows)]) >= least - 2 * off


@pytest.mark.parametrize(("shift", "kinds"), [(0.0, 40), (1.0, 40), (4.0, 40)])
@pytest.mark.parametrize("length", [96, 384])
def test_the_signs_leave_what_is_close(
    length: int, shift: float, kinds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compact, "_ALL_AT_ONCE", 0)
    monkeypatch.setattr(compact, "_COMPARED", 0)
    vectors = made(7, 4_000, length, shift=shift, kinds=kinds)
    kept = filled(vectors, parts=8)
    random = np.random.default_rng(8)
    hits = 0
    for question in vectors[:40] + 0.5 * random.standard_normal((40, length)):
        best = set(np.argsort(-cosines(vectors, question))[:10].tolist())
        hits += len(best & set(kept.nearest(question, 10).rows))
    assert hits / 400 > 0.9


def test_files_that_are_gone_are_not_found() -> None:
    vectors = made(1, 30, 8)
    rows = [file * CHUNKS_OF_A_FILE + part for file in range(10) for part in range(3)]
    kept = Vectors(8)
    kept.add(rows, packed(vectors))
    kept.drop([3, 4, 77])
    kept.drop([])
    assert len(kept) == 24
    for place, row in enumerate(rows):
        first = kept.nearest(vectors[place], 1).rows[0]
        assert (first == row) == (row // CHUNKS_OF_A_FILE not in (3, 4))
    kept.add([rows[9]], packed(vectors[9:10]))
    assert kept.nearest(vectors[9], 1).rows == (rows[9],)


def test_how_close_texts_usually_are() -> None:
    alike = filled(made(3, 500, 64, shift=3.0))
    different = filled(made(3, 500, 64))
    question = made(3, 500, 64, shift=3.0)[0]
    assert alike.nearest(question, 5).usual > 0.5
    assert abs(different.nearest(question, 5).usual) < 0.2
    assert Vectors(64).nearest(question, 5).rows == ()


@pytest.mark.parametrize("vector", [[0.0, 0.0], [math.nan, 1.0], [math.inf, 1.0], [1e200, 1e200]])
def test_what_has_no_direction(vector: list[float]) -> None:
    with pytest.raises(ValueError, match="no direction"):
        packed([[1.0, 2.0], vector])
    with pytest.raises(ValueError, match="not one of this model's"):
        filled(np.ones((3, 2))).nearest(vector, 1)


def test_lengths_are_never_mixed() -> None:
    kept = Vectors(3)
    with pytest.raises(ValueError, match="another length"):
        kept.add([1], packed([[1.0, 2.0]]))
    kept.add([1], packed([[1e150, 0.0, 1.0]]))
    with pytest.raises(ValueError, match="not one of this model's"):
        kept.nearest([1.0, 2.0], 1)
    assert kept.nearest([5.0, 0.0, 0.0], 9).closeness == pytest.approx((1.0,), abs=0.01)
