"""The same tree has the same answers, in whatever order its files were indexed."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arriero.index import ranks
from arriero.index.map import Focus, repo_map
from arriero.index.naming import Typed, named
from arriero.index.paths import DATABASE
from arriero.index.search import search
from arriero.index.workspace import WorkspaceIndex
from tools.indexed import Indexed

TWINS = 230  # more than any signal keeps
QUESTIONS = {
    "words in the text": lambda index: search(index, "shear the llama", limit=40),
    "words of a few": lambda index: search(index, "weigh alpacas", limit=40),
    "words in the path": lambda index: search(index, "barn", limit=40),
    "words in names": lambda index: search(index, "evenly", limit=40),
    "a name": lambda index: search(index, "split_evenly", "symbol", 40),
    "the beginning of a name": lambda index: search(index, "split_ev", "symbol", 40),
    "words of a name": lambda index: search(index, "evenly split", "symbol", 40),
    "a name in the text": lambda index: search(index, "Where is `split_evenly` used?", limit=40),
    "lines": lambda index: search(index, "llama", "text", 40),
    "typed": lambda index: named(index, Typed("sev"), 200),
    "a name that was typed": lambda index: named(index, Typed("gather"), 200),
    "a method": lambda index: named(index, Typed("sh", "Farm"), 200),
    "the map": lambda index: repo_map(index, 2_000, len),
    "the map about words": lambda index: repo_map(index, 2_000, len, Focus(words="split evenly")),
    "the map around a file": lambda index: repo_map(
        index, 2_000, len, Focus(open_files=(os.path.join(index.root, "barn/f100.py"),))
    ),
}


@pytest.fixture(scope="module")
def twice(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[WorkspaceIndex, WorkspaceIndex]]:
    """One folder with two indexes: one of a folder that grew, one of all of it at once."""
    folder = tmp_path_factory.mktemp("twice")
    grown, whole = Indexed(folder), Indexed(folder)
    grown.index = WorkspaceIndex(grown.disk.root, folder / "other", lambda _: None)
    numbers = list(range(TWINS))
    for part in (numbers[60:], numbers[1:60:2], numbers[:60:2]):
        for number in part:
            write_twin(grown, number)
        grown.build()
    whole.build()
    for made in (grown, whole):
        with contextlib.closing(sqlite3.connect(made.index.folder / DATABASE)) as db:
            db.isolation_level = None
            ranks.update(db)
    assert order_of(grown) != order_of(whole)
    yield grown.index, whole.index
    grown.index.close()  # `Indexed` knows its first one only


def write_twin(made: Indexed, number: int) -> None:
    """Write one of files that differ in their names only, and a few that do not."""
    text = (
        "from barn import gather\n\n\nclass Farm:\n    def shear(self):\n"
        "        # the llama is patient\n        return gather(split_evenly)\n\n\n"
        "def split_evenly(wool):\n    return wool\n\n\ndef gather():\n    pass\n"
    )
    if number % 3 == 0:
        text += "\n\ndef weigh_alpaca(alpacas):\n    return split_evenly(alpacas)\n"
    made.disk.write(f"barn/f{number:03}.py", text)


def order_of(made: Indexed) -> list[bytes]:
    with contextlib.closing(sqlite3.connect(made.index.folder / DATABASE)) as db:
        return [path for (path,) in db.execute("SELECT path FROM files ORDER BY id")]


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_order_of_indexing_does_not_matter(
    twice: tuple[WorkspaceIndex, WorkspaceIndex], name: str
) -> None:
    ask: Callable[[WorkspaceIndex], object] = QUESTIONS[name]
    first, second = map(ask, twice)
    assert first == second
    assert first


# What is so common that not all of it is looked at: here far fewer are, for there are few files.
BOUNDS = {
    "arriero.index.chunkscores._MOST_COMMON": 20,
    "arriero.index.chunkscores._FEW_OF_COMMON": 60,
    "arriero.index.defined._MOST_NAMED": 50,
    "arriero.index.signals._MOST_SYMBOLS": 40,
    "arriero.index.naming._MOST_READ": 50,
    "arriero.index.defined._MANY": 100,
}
OF_COMMON = {
    "common words alone": lambda index: search(index, "shear the llama", limit=40),
    "common words of paths": lambda index: search(index, "barn", limit=40),
    "common words as text": lambda index: search(index, "gather", "text", 40),
    "a name of many": lambda index: search(index, "gather", "symbol", 40),
    "a name of many and its beginning": lambda index: search(index, "spl", "symbol", 40),
    "the beginning of names of many": lambda index: search(index, "sh", "symbol", 40),
    "a name that was typed": lambda index: named(index, Typed("gather"), 200),
    "a method": lambda index: named(index, Typed("sh", "Farm"), 200),
}


@pytest.mark.parametrize("name", OF_COMMON)
def test_nor_where_not_all_is_looked_at(
    twice: tuple[WorkspaceIndex, WorkspaceIndex], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bound, most in BOUNDS.items():
        monkeypatch.setattr(bound, most)
    ask: Callable[[WorkspaceIndex], object] = OF_COMMON[name]
    first, second = map(ask, twice)
    assert first == second
    assert first


def test_ranks_are_equal_to_the_last_digit(tmp_path: Path) -> None:
    """Sums of the same numbers in another order are not, and who is ahead of whom would follow."""
    numbers = list(range(40))
    found = []
    for place, parts in enumerate(((numbers,), (numbers[7:], numbers[:7][::-1]))):
        made = Indexed(tmp_path / str(place))
        for part in parts:
            for number in part:
                text = f"def weigh_{number % 6}():\n    pass\n\n\n"
                uses = (f"weigh_{other}()\n" * ((number * other) % 7) for other in range(6))
                made.disk.write(f"f{number}.py", text + "".join(uses))
            made.build()
        with contextlib.closing(sqlite3.connect(made.index.folder / DATABASE)) as db:
            db.isolation_level = None
            ranks.update(db)
            known = ranks.Ranks(db)
            best = known.best(100)
            found.append((best, [known.uses(path) for path, _ in best], order_of(made)))
        made.index.close()
    assert found[0][2] != found[1][2]
    assert found[0][:2] == found[1][:2]
    assert len(found[0][0]) == len(numbers)
