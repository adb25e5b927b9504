"""The search among vectors against comparing all of them in full with numpy, in the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest

from arriero.index.meaning.compact import Vectors, packed

np = pytest.importorskip("numpy", reason="vectors need numpy")

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

COUNT, LENGTH, LIMIT = 50_000, 768, 100
QUESTIONS = 40


def say(text: str) -> None:
    print(f"\n  {text}", flush=True)


def data() -> tuple[Any, Any]:
    """Vectors around two hundred centres and to one side, as those of models are; questions."""
    random = np.random.default_rng(1)
    centres = random.standard_normal((200, LENGTH), dtype=np.float32)
    vectors = centres[random.integers(0, 200, COUNT)]
    vectors += 0.8 * random.standard_normal((COUNT, LENGTH), dtype=np.float32)
    vectors += 0.5 * random.standard_normal(LENGTH, dtype=np.float32)
    chosen = vectors[random.integers(0, COUNT, QUESTIONS)]
    noise = 0.6 * random.standard_normal((QUESTIONS, LENGTH), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), chosen + noise


def timed(work: Callable[[Any], object], questions: Any) -> float:
    """Return the median of milliseconds of processor time."""
    spent = []
    for question in questions:
        began = time.process_time()
        work(question)
        spent.append(1_000 * (time.process_time() - began))
    return statistics.median(spent)


def test_a_question_among_fifty_thousand() -> None:
    vectors, questions = data()

    def in_full(question: Any) -> Any:
        cosines = vectors @ (question / np.linalg.norm(question))
        best = np.argpartition(-cosines, LIMIT)[:LIMIT]
        return best[np.argsort(-cosines[best])]

    kept = Vectors(LENGTH)
    began = time.process_time()
    for start in range(0, COUNT, 5_000):
        end = start + 5_000
        kept.add(range(start, end), packed(vectors[start:end]))
    added = time.process_time() - began
    found = [kept.nearest(question, LIMIT).rows for question in questions]
    true = [in_full(question).tolist() for question in questions]
    recall = {
        most: statistics.mean(
            len({*a[:most]} & {*b[:most]}) / most for a, b in zip(found, true, strict=True)
        )
        for most in (10, LIMIT)
    }
    ours = timed(lambda question: kept.nearest(question, LIMIT), questions)
    theirs = timed(in_full, questions)
    arrays = (kept._rows, kept._scales, kept._parts, kept._signs)
    megabytes = sum(array.nbytes for array in arrays) * COUNT / len(kept._rows) / 1e6
    say(
        f"{COUNT:,} x {LENGTH}: {ours:.1f} ms, in full {theirs:.1f} ms; "
        f"recall at 10 {recall[10]:.3f}, at {LIMIT} {recall[LIMIT]:.3f}; {megabytes:.0f} MB "
        f"against {vectors.nbytes / 1e6:.0f}; added in {added:.1f} s"
    )
    assert ours < 0.6 * theirs
    assert recall[10] > 0.95
    assert megabytes < 0.4 * vectors.nbytes / 1e6
