"""Several folders searched as one, and names in texts that moved on."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from arriero.index import ranks
from arriero.index.buffers import LaidBuffers
from arriero.index.map import Focus
from arriero.index.paths import DATABASE
from arriero.index.searcher import Searched, Searcher
from arriero.index.symbols import Asked, Definition, confirmed, defined_now, read_name
from tools.indexed import Indexed


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Indexed, Indexed]:
    made = Indexed(tmp_path / "one"), Indexed(tmp_path / "two")
    for number, indexed in enumerate(made):
        indexed.user.save(f"farm{number}.py", f"def shear_llama():\n    return {number}\n")
        indexed.user.save("notes.txt", "alpaca\n")
        indexed.build()
    return made


def over(*made: Indexed) -> Searcher:
    searched = [Searched(one.index, LaidBuffers(one.index), one.note) for one in made]
    return Searcher(
        lambda: searched, lambda: [b for one in made for b in one.user.all()], least_files=0
    )


def names(paths: Sequence[str]) -> list[str]:
    return [Path(path).name for path in paths]


def test_all_folders_are_searched(pair: tuple[Indexed, Indexed]) -> None:
    one, two = pair
    searcher = over(one, two)
    for kind in ("auto", "symbol", "text"):
        query = "shear_llama"
        found = searcher.search(query, kind)
        assert sorted(names([hit.path for hit in found.hits]))[:2] == ["farm0.py", "farm1.py"], kind
        assert (found.complete, found.note) == (True, "")
    assert len(searcher.search("shear_llama", "text", 1).hits) == 1
    roots = [one.disk.root, two.disk.root]
    listing = searcher.listing(roots)
    assert listing is not None
    assert sorted(names(listing.paths)) == ["farm0.py", "farm1.py", "notes.txt", "notes.txt"]
    narrowed = searcher.may_match(roots, "alpaca", ignore_case=False)
    assert narrowed is not None
    assert names(narrowed.paths) == ["notes.txt", "notes.txt"]


def test_what_is_not_kept_is_said_once(pair: tuple[Indexed, Indexed]) -> None:
    one, two = pair
    one.note = two.note = "It is off."
    found = over(one, two).search("llama")
    assert found.hits
    assert (found.complete, found.note) == (False, "It is off.")
    assert over(one).note() == "It is off."
    two.note = ""
    assert over(two).note() == ""
    two.index.take_in(replace(two.index.status, phase="building", pending=1))
    assert "still being built" in over(two).note()


def test_a_map_of_all_folders_keeps_to_its_budget(pair: tuple[Indexed, Indexed]) -> None:
    one, two = pair
    for indexed in pair:
        db = sqlite3.connect(indexed.index.folder / DATABASE, isolation_level=None)
        ranks.update(db)
        db.close()
    text = over(one, two).outline(100, lambda text: len(text.split()), Focus())
    assert len(text.split()) <= 100
    assert text.index(f"{one.disk.root}:\nfarm0.py:") < text.index(f"{two.disk.root}:\nfarm1.py:")
    assert over(one, two).outline(1, lambda text: len(text.split()), Focus()) == ""


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("parse_date", Asked("parse_date")),
        (" parse_date() ", Asked("parse_date")),
        ("Date.parse", Asked("parse", "Date")),
        ("a::b::c", Asked("c", "b")),
        ("Date#parse", Asked("parse", "Date")),
        ("p->next", Asked("next", "p")),
        ("pkg/mod.py", Asked("py", "mod")),
        ("...", Asked("")),
        ("", Asked("")),
    ],
)
def test_names_as_people_write_them(text: str, asked: Asked) -> None:
    whole = text.strip().removesuffix("()") if asked.name else ""
    assert read_name(text) == replace(asked, whole=whole)


def definition(line: int, name: str = "f") -> Definition:
    return Definition("/a.py", name, "function", line, line + 1, "")


@pytest.mark.parametrize(
    ("known", "lines", "placed"),
    [
        ([3], {"/a.py": [3, 9]}, [3]),
        ([3], {"/a.py": [5, 9]}, [5]),
        ([3, 9], {"/a.py": [5, 11]}, [5, 11]),
        ([3, 4], {"/a.py": [4]}, [4]),
        ([3], {"/b.py": [3]}, []),
        ([3], {}, []),
    ],
)
def test_definitions_are_found_where_they_are_now(
    known: list[int], lines: Mapping[str, Sequence[int]], placed: list[int]
) -> None:
    found = confirmed([definition(line) for line in known], lines)
    assert [line for _, line in found] == placed


def test_what_a_text_defines_that_was_never_indexed() -> None:
    text = "class A:\n    def f(self):\n        return g()\n\n\ndef g():\n    pass\n"
    (method,) = defined_now("/a.py", text, {"f"})
    assert (method.line, method.kind, method.container) == (2, "method", "A")
    assert method.said == "defines method f in A"
    assert method.is_in("A")
    assert defined_now("/a.unknown", text, {"f"}) == []
