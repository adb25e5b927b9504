"""What is no closer to a question than chance brings two texts is not shown as close in meaning."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from arriero.index.meaning.compact import Vectors, packed
from arriero.index.schema import CHUNKS_OF_A_FILE
from arriero.models.rehearsal.embed import _vector
from index.meaning.embedded import Embedded

pytest.importorskip("numpy", reason="vectors need numpy")

LENGTH = 512
SYLLABLES = ["ba", "cor", "del", "fin", "gra", "hol", "jun", "kel", "lum", "mor", "nar", "pol"]
EVERYWHERE = ["value", "name", "path", "data", "file", "index", "result", "error"]
TOPICS = [f"{one}{two}" for one in SYLLABLES for two in SYLLABLES]
NONSENSE = ("zebra quilt", "purple giraffe umbrella", "banana bread oven", "wvut xyzzy plugh")


def embedded(text: str) -> list[float]:
    """Embed as the simulator does."""
    return _vector(text.split(), LENGTH, {})


def filled(files: int) -> Vectors:
    """Texts of two chunks, each about five words of its own and some that all have."""
    chance = random.Random(4)
    kept = Vectors(LENGTH)
    for number in range(files):
        own = [TOPICS[number]] * 3 + chance.sample(TOPICS, 4)
        texts = [" ".join(own + chance.choices(EVERYWHERE, k=12)) for _ in range(2)]
        rows = [number * CHUNKS_OF_A_FILE + part for part in range(2)]
        kept.add(rows, packed([embedded(text) for text in texts]))
    return kept


@pytest.mark.parametrize("question", NONSENSE)
def test_nothing_is_close_to_nonsense(question: str) -> None:
    found = filled(120).nearest(embedded(question), 10)
    assert found.usual < found.floor
    assert found.closeness[0] < found.floor


@pytest.mark.parametrize("number", range(0, 120, 30))
def test_what_is_meant_is_above(number: int) -> None:
    found = filled(120).nearest(embedded(TOPICS[number]), 2)
    assert {row // CHUNKS_OF_A_FILE for row in found.rows} == {number}
    assert found.closeness[1] > found.floor


def test_of_few_texts_nothing_is_learned() -> None:
    assert filled(20).nearest(embedded("zebra"), 2).floor == -1.0
    alone = Vectors(LENGTH)  # one file has no others to be compared with
    texts = [embedded(f"{topic} value") for topic in TOPICS[:100]]
    alone.add(range(100), packed(texts))
    assert alone.nearest(texts[0], 1).floor == -1.0


def test_a_folder_does_not_tell_what_is_below(tmp_path: Path) -> None:
    folder = Embedded(tmp_path / "tree", tmp_path / "cache")
    chance = random.Random(5)
    for number in range(90):
        words = [TOPICS[number]] * 3 + chance.choices(EVERYWHERE, k=8)
        folder.disk.write(f"{TOPICS[number]}.txt", " ".join(words) + "\n")
    folder.settle()
    vectors = folder.folder._vectors
    assert vectors is not None
    vectors._chance = 0.3
    question = [0.0] * 64
    question[7] = 1.0
    raw, told = vectors.nearest(question, 90), folder.folder.nearest(question, 90)
    assert 0 < len(told.rows) < len(raw.rows)
    assert told.rows == raw.rows[: len(told.rows)]
    assert told.closeness[-1] >= told.floor > raw.closeness[len(told.rows)]
    folder.close()
