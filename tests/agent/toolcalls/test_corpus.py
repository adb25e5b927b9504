"""Every printed call is read as it should be, however the stream is cut."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from agent.toolcalls.corpus import CASES, OFFERED, Case, fold, read
from arriero.agent.toolcalls import Piece, TextCallReader
from arriero.models.types import TextChunk
from scale import by_scale

CUTS = by_scale(3, full=100)

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def cut(text: str, chance: random.Random) -> list[str]:
    places = chance.sample(range(len(text) + 1), min(chance.randint(1, 60), len(text) + 1))
    return [text[a:b] for a, b in pairwise(sorted({0, *places, len(text)}))]


def test_the_corpus_is_large() -> None:
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


@each_case
def test_in_one_piece(case: Case) -> None:
    assert fold(read([case.text])) == case.folded


@each_case
def test_character_by_character(case: Case) -> None:
    assert fold(read(case.text)) == case.folded


@each_case
def test_under_random_cuts(case: Case) -> None:
    chance = random.Random(case.name)
    for _ in range(CUTS):
        parts = cut(case.text, chance)
        assert fold(read(parts)) == case.folded, parts


@each_case
def test_what_passes_is_what_would_be_read(case: Case) -> None:
    """As those read who pass words on as they came."""
    chance = random.Random(case.name)
    for parts in (case.text, [case.text], cut(case.text, chance)):
        reader = TextCallReader(OFFERED)
        pieces: list[Piece] = []
        for part in parts:
            pieces += [TextChunk(part)] if reader.passes(part) else reader.feed(part)
        assert fold([*pieces, *reader.finish()]) == case.folded, parts
