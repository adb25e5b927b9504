"""The words of an index, looked for by their parts, and what words do not tell."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from arriero.index import grep
from arriero.index import lexicon as reading
from arriero.index.grep import Pattern
from arriero.index.indexer import lexicon as writing
from arriero.index.indexer.lexicon import Lexicon
from arriero.index.lexicon import in_groups, query_of
from arriero.index.literals import needed
from arriero.index.schema import make_text
from index.harness import Disk, built, may_match


def database(*publications: str) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    make_text(db, 1)
    lexicon = Lexicon(db)
    for text in publications:
        lexicon.add(1, [text])
    return db


WORDS = ("splitevenly split evenly ", "splitter evenly ", "unsplit bananasplit ")


@pytest.mark.parametrize(
    ("pattern", "query"),
    [
        ("split", '("split" OR "splitevenly" OR "splitter" OR "bananasplit" OR "unsplit")'),
        (r"\bsplit", '("split" OR "splitevenly" OR "splitter")'),
        (r"split\(", '("split" OR "bananasplit" OR "unsplit")'),
        (r"\bsplit\b", '"split"'),
        ("banana", '"bananasplit"'),
        ("nowhere", '"nowhere"'),
        ("even|banana", '(("evenly" OR "splitevenly") OR "bananasplit")'),
        ("def splitt", '("splitter" AND "def")'),
        ("x", ""),
        ("even|x", ""),
    ],
)
def test_query(pattern: str, query: str) -> None:
    db = database(*WORDS)
    found = query_of(db, 1, needed(pattern))
    db.close()
    assert found == query


def test_a_part_of_too_many_words_tells_nothing() -> None:
    db = database(" ".join(f"word{number}" for number in range(1_000)))
    assert query_of(db, 1, needed("word")) == ""
    assert query_of(db, 1, needed("word"), 1_000).count("OR") == 999
    assert query_of(db, 1, needed("word and word7 too")) != ""
    assert query_of(db, 1, needed("word99")).count("OR") == 10
    db.close()


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        ("", [""]),
        ('"one"', ['"one"']),
        ('("a" OR "b")', ['"a" OR "b"']),
        ('("a" OR "b" OR "c")', ['"a" OR "b"', '"c"']),
        ('("a" AND "b")', ['("a" AND "b")']),
        ('(("a" OR "b") OR "c")', ['(("a" OR "b") OR "c")']),
        ('("a" AND ("b" OR "c"))', ['("a" AND ("b" OR "c"))']),
    ],
)
def test_many_words_are_looked_up_in_groups(
    query: str, groups: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_WORDS_OF_A_GROUP", 2)
    assert in_groups(query) == groups


def test_in_groups_as_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(tmp_path)
    for number in range(40):
        disk.write(f"f{number}.py", f"import x{number}import\n" if number % 3 else "none\n")
    built(disk)
    found = []
    for size in (1, 7, 1_000):
        monkeypatch.setattr(reading, "_WORDS_OF_A_GROUP", size)
        found.append(may_match(disk, Pattern("import", literal=True)))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 26


@pytest.mark.parametrize("common", [False, True])
def test_words_are_looked_up_as_far_as_that_saves_more_than_it_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, common: bool
) -> None:
    monkeypatch.setattr(grep, "MOST_WORDS", 3)
    monkeypatch.setattr(grep, "_FILES_OF_A_WORD", 1)
    disk = Disk(tmp_path)
    for number in range(20):
        text = f"{chr(97 + number)}import" + " import" * common if number < 10 else "none"
        disk.write(f"f{number:02}.py", text + "\n")
    built(disk)
    some, every = 10, 20
    part, several = Pattern("import", literal=True), Pattern("import.*mport")
    assert len(may_match(disk, part, every=True)) == some
    assert len(may_match(disk, part)) == (every if common else some)  # its first lines come soon
    assert len(may_match(disk, several)) == every


def test_as_many_words_as_one_statement_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = grep._MOST_WORDS
    monkeypatch.setattr(grep, "MOST_WORDS", most)
    disk = Disk(tmp_path)
    words = [f"import{number}" for number in range(1, most)]  # and what is before the numbers
    disk.write("many.py", "\n".join(words))
    disk.write("none.py", "none\n")
    built(disk)
    assert [*map(os.path.basename, may_match(disk, Pattern("import", literal=True)))] == ["many.py"]


def test_what_was_not_committed_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    db = database()
    db.commit()
    lexicon = Lexicon(db)
    lexicon.add(1, ["one two "])
    db.rollback()
    lexicon.forget()
    monkeypatch.setattr(writing, "_MOST_REMEMBERED", 2)
    for text in ("two three ", "two ", "three four "):
        lexicon.add(1, [text])
    pieces = [piece for (piece,) in db.execute("SELECT words FROM lexicon_1")]
    db.close()
    assert pieces == ["\nthree\ntwo\n", "\nfour\n"]


TEXTS = {
    "small.min.js": "var a=1;" * 900 + "function needleHere(){}",
    "yarn.lock": 'needle-here@^1:\n  version "1"\n',
    "long-line.txt": "some words " * 8_000 + "needle here\n",
    "endless.py": f"x = '{'ab' * 50}needle_here'\n",
    "old-mac.txt": "a needle\rhere\r",
    "chinese.py": "# 文件needle_here文件\n",
    "accents.md": "Nadel: ÉTÉneedle_here\n",
    "none.py": "nothing of it\n",
}


@pytest.mark.parametrize(
    ("pattern", "missing"),
    [
        (r"needle.?here", {"none.py"}),
        (r"needle.*h", {"none.py"}),
        (r"文件needle", {"none.py", "small.min.js", "yarn.lock", "long-line.txt", "accents.md"}),
        (r"tÉneedle_", {"none.py", "small.min.js", "yarn.lock", "long-line.txt", "chinese.py"}),
    ],
)
def test_no_text_with_a_match_is_left_out(disk: Disk, pattern: str, missing: set[str]) -> None:
    paths = may_match(disk, Pattern(pattern, ignore_case="É" in pattern))
    assert TEXTS.keys() - {Path(path).name for path in paths} <= missing
    assert "none.py" not in {Path(path).name for path in paths}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    disk = Disk(tmp_path_factory.mktemp("texts"))
    for name, text in TEXTS.items():
        disk.write(name, text)
    return built(disk)
