"""What is close in meaning, among the other signals of a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from arriero.index.meaning.asking import Near, NoMeaning, close_in_meaning
from arriero.index.schema import CHUNKS_OF_A_FILE
from arriero.index.search import Kind, search
from tools.indexed import Indexed

FILES = {
    "shear.py": "def shear(llama):\n    return llama.wool\n",
    "taxes.py": "def pay(year):\n    return year.taxes\n",
    "hay.py": "def feed(hay):\n    return hay\n",
}


@pytest.fixture
def indexed(tmp_path: Path) -> Indexed:
    made = Indexed(tmp_path)
    for name, text in FILES.items():
        made.user.save(name, text)
    made.build()
    return made


@dataclass
class Told:
    """Says what a test says; `asked` are the questions and whether they were patient."""

    near: Near
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def begin(self, question: str, *, patient: bool) -> Callable[[], Near]:
        self.asked.append((question, patient))
        return lambda: self.near


def row(indexed: Indexed, name: str) -> int:
    with indexed.index.reader.read() as snapshot:
        file = snapshot.file(name.encode())
    assert file is not None
    return file.id * CHUNKS_OF_A_FILE


def near(indexed: Indexed, *close: tuple[str, float], note: str = "") -> Near:
    rows = tuple(row(indexed, name) for name, _ in close)
    return Near(rows, tuple(closeness for _, closeness in close), 0.2, note)


def test_only_what_is_closer_than_usual_is_a_reason(indexed: Indexed) -> None:
    told = near(indexed, ("hay.py", 0.8), ("taxes.py", 0.5), ("shear.py", 0.3))
    told = Near((*told.rows, 99 * CHUNKS_OF_A_FILE), (*told.closeness, 0.8), 0.2)
    with indexed.index.reader.read() as snapshot:
        found = close_in_meaning(snapshot, told)
        assert close_in_meaning(snapshot, Near()) == []
    assert [(Path(one.path).name, round(one.sure, 2)) for one in found] == [
        ("hay.py", 1.0),
        ("taxes.py", 0.5),
    ]
    assert found[0].why == "close in meaning to lines 1-2"


@pytest.mark.parametrize(
    ("kind", "query", "first", "asked"),
    [
        ("semantic", "wool of the llama", "hay.py", [("wool of the llama", True)]),
        ("auto", "wool of the llama", "shear.py", [("wool of the llama", False)]),
        ("auto", "=>", None, []),
        ("symbol", "pay", "taxes.py", []),
        ("text", "taxes", "taxes.py", []),
    ],
)
def test_what_it_weighs(
    indexed: Indexed, kind: Kind, query: str, first: str | None, asked: list[tuple[str, bool]]
) -> None:
    told = Told(near(indexed, ("hay.py", 0.8)))
    indexed.index.meaning = told
    found = search(indexed.index, query, kind)
    names = [Path(hit.path).name for hit in found.hits]
    assert (names[0] if names else None) == first
    assert told.asked == asked
    assert ("hay.py" in names) == bool(asked)
    assert (found.note, found.complete) == ("", True)


UNSET = f"{NoMeaning().note} This was found by words."


@pytest.mark.parametrize(
    ("kind", "told", "note"),
    [
        ("semantic", Near(note="Why not."), "Why not. This was found by words."),
        ("auto", Near(note="Why not."), ""),
        ("auto", Near(note="Late.", late=True), "Late. This was found by words."),
        ("semantic", NoMeaning().begin("", patient=True)(), UNSET),
    ],
)
def test_what_is_said(indexed: Indexed, kind: Kind, told: Near, note: str) -> None:
    indexed.index.meaning = Told(told)
    found = search(indexed.index, "llama wool", kind)
    assert Path(found.hits[0].path).name == "shear.py"
    assert (found.note, found.complete) == (note, True)


def test_vectors_of_a_part_are_said(indexed: Indexed) -> None:
    part = near(indexed, ("hay.py", 0.8), note="1 of 3 chunks have a vector so far.")
    indexed.index.meaning = Told(part)
    assert search(indexed.index, "llama", "semantic").note == part.note
    assert search(indexed.index, "llama", "auto").note == ""
