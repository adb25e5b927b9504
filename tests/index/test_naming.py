"""Names that somebody types a part of, and where the texts of now have them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from arriero.index import ranks
from arriero.index.buffers import LaidBuffers
from arriero.index.indexer import names as gathering
from arriero.index.naming import LONGEST, Placed, Stopped, Typed, named, read_typed
from arriero.index.paths import DATABASE
from arriero.index.schema import open_for_writing
from arriero.index.searcher import Searched, Searcher
from index.harness import settle
from tools.indexed import Indexed

FARM = """class Farm:
    def split_evenly(self):
        return 1

    def shear(self):
        pass


class Barn:
    def shear(self):
        pass


SPLIT = 2
"""


@pytest.fixture
def indexed(tmp_path: Path) -> Indexed:
    made = Indexed(tmp_path)
    made.user.save("farm.py", FARM)
    made.user.save("secret/key.py", "def split_secret():\n    pass\n")
    made.user.save("wool.py", "x = '\U0001f999'; resplit = 1\n\n\ndef parse_split():\n    pass\n")
    made.build()
    return made


def found(indexed: Indexed, query: str, left_out: Iterable[str] = ()) -> list[Placed]:
    typed = read_typed(query)
    assert typed is not None
    over(indexed)
    return [one for _, one in named(indexed.index, typed, 50, tuple(left_out))]


def over(indexed: Indexed) -> None:
    LaidBuffers(indexed.index).sync(indexed.user.all())


def names(placed: Iterable[Placed]) -> list[str]:
    return [one.definition.name for one in placed]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("spE", ["split_evenly"]),
        ("split_evenly", ["split_evenly"]),
        ("split", ["SPLIT", "split_evenly", "split_secret", "parse_split", "resplit"]),
        ("Barn.shear", ["shear"]),
        ("Farm::spl", ["split_evenly"]),
        ("s p e", ["split_evenly"]),
        ("tnothing", []),
        ("%", []),
        ("_", []),
        ("p_s", ["parse_split"]),
    ],
)
def test_what_is_found(indexed: Indexed, query: str, wanted: list[str]) -> None:
    got = names(found(indexed, query))
    assert got[: len(wanted)] == wanted
    assert wanted or not got


def test_the_place_is_that_of_the_name(indexed: Indexed) -> None:
    one = next(one for one in found(indexed, "resplit") if one.definition.name == "resplit")
    assert one.text[one.start : one.end] == "resplit"
    assert (one.line, one.start) == (0, 9)


def test_a_container_tells_two_apart(indexed: Indexed) -> None:
    (barn,) = found(indexed, "Barn.shear")
    assert (barn.definition.container, barn.line) == ("Barn", 9)
    assert len(found(indexed, "shear")) == 2


def test_what_is_left_out_is_not_shown(indexed: Indexed) -> None:
    assert "split_secret" in names(found(indexed, "split_s"))
    assert "split_secret" not in names(found(indexed, "split_s", ["secret/**"]))
    indexed.user.type("secret/key.py", "def split_sesame():\n    pass\n")
    assert "split_sesame" in names(found(indexed, "split_s"))
    assert names(found(indexed, "split_s", ["secret/**"])) == []


def test_what_is_typed_counts(indexed: Indexed) -> None:
    text = FARM.replace("split_evenly", "split_fairly").replace("SPLIT = 2", "")
    indexed.user.type("farm.py", "# one more line\n" + text)
    (one,) = found(indexed, "split_fairly")
    assert one.line == 2
    assert found(indexed, "split_evenly") == []
    assert "SPLIT" not in names(found(indexed, "split"))
    assert [one.line for one in found(indexed, "Barn.shear")] == [10]


def test_a_file_that_changed_since_is_not_shown_wrongly(indexed: Indexed) -> None:
    path = Path(indexed.disk.root) / "farm.py"
    path.write_text("\n\n" + FARM.replace("split_evenly", "cut_evenly"))
    assert found(indexed, "split_evenly") == []
    assert [one.line for one in found(indexed, "Barn.shear")] == [11]
    path.unlink()
    assert found(indexed, "Barn.shear") == []


def test_nothing_typed_is_what_matters(indexed: Indexed) -> None:
    assert found(indexed, "") == []
    with contextlib.closing(sqlite3.connect(indexed.index.folder / DATABASE)) as db:
        db.isolation_level = None
        ranks.update(db)
    assert set(names(found(indexed, ""))) >= {"Farm", "Barn", "split_secret", "parse_split"}
    assert "split_secret" not in names(found(indexed, "", ["secret/**"]))
    assert "shear" not in names(found(indexed, ""))


@pytest.mark.parametrize("query", ["split", "spE", "p_s", "s", "S", "_", "tnothing", "__", "Farm"])
def test_the_same_is_found_before_names_are_gathered(indexed: Indexed, query: str) -> None:
    indexed.user.save("odd.py", "_s = __S = s_s = 1\n\n\ndef \u00e9p_split():\n    pass\n")
    indexed.build()
    whole = [one.definition for one in found(indexed, query)]
    with contextlib.closing(sqlite3.connect(indexed.index.folder / DATABASE)) as db, db:
        (count,) = db.execute("SELECT count(*) FROM names").fetchone()
        assert count >= 6, "nothing was gathered"
        db.execute("UPDATE meta SET value = 0 WHERE key = 'gathered_to'")
        db.execute("DELETE FROM names")
    assert [one.definition for one in found(indexed, query)] == whole


def test_names_that_come_and_go_after_the_others_were_gathered(
    indexed: Indexed, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed.user.save("wool.py", "def spin_yarn():\n    pass\n")
    indexed.build()
    assert names(found(indexed, "yarn")) == ["spin_yarn"]
    assert found(indexed, "parse_split") == [], "it is in the table of names still"
    monkeypatch.setattr(gathering, "_FEWEST", 1)
    indexed.user.save("yarn.py", "def wind_yarn():\n    pass\n")
    indexed.build()
    assert names(found(indexed, "yarn")) == ["spin_yarn", "wind_yarn"]
    with contextlib.closing(sqlite3.connect(indexed.index.folder / DATABASE)) as db:
        gathered = {name for (name,) in db.execute("SELECT name FROM names")}
    assert gathered >= {"spin_yarn", "wind_yarn", "parse_split"}


def test_a_renewal_gathers_what_is_defined_now(indexed: Indexed) -> None:
    indexed.user.save("wool.py", "def spin_yarn():\n    pass\n")
    build = indexed.disk.build(indexed.index.folder)
    settle(build)
    assert build._hold.store is not None
    build._hold.store.begin_renewal()
    settle(build)
    build.close()
    with contextlib.closing(sqlite3.connect(indexed.index.folder / DATABASE)) as db:
        gathered = {name for (name,) in db.execute("SELECT name FROM names")}
        assert gathered == {name for (name,) in db.execute("SELECT name FROM defs")}
    assert "spin_yarn" in gathered
    assert names(found(indexed, "yarn")) == ["spin_yarn"]


def test_files_that_are_yet_to_be_read_are_gathered_when_they_were(tmp_path: Path) -> None:
    with contextlib.closing(open_for_writing(tmp_path)[0]) as db:
        for name, kind in ((b"a", "text"), (b"b", "listed"), (b"c", "text")):
            row = "INSERT INTO files(path, mtime_ns, ctime_ns, size, kind) VALUES (?, 0, 0, 0, ?)"
            db.execute(row, (name, kind))
        gathering.gather(db)
        reached = "SELECT value FROM meta WHERE key = 'gathered_to'"
        assert db.execute(reached).fetchone() == (1,)


def test_nobody_waits(indexed: Indexed) -> None:
    with pytest.raises(Stopped):
        named(indexed.index, Typed("split"), 50, stopped=lambda: True)


def test_many_of_one_name_leave_room_for_others(tmp_path: Path) -> None:
    made = Indexed(tmp_path)
    for number in range(60):
        made.user.save(f"f{number}.py", "def gets():\n    pass\n")
    made.user.save("g.py", "def gets_all():\n    pass\n")
    made.build()
    got = [one.definition.name for _, one in named(made.index, Typed("get"), 50)]
    assert (len(got), got.count("gets")) == (41, 40)
    exact = [one.definition.name for _, one in named(made.index, Typed("gets"), 50)]
    assert exact == ["gets"] * 50


@pytest.mark.parametrize(
    ("query", "typed"),
    [
        ("", Typed("")),
        ("  ", Typed("")),
        ("a.b()", Typed("b", "a")),
        ("#", None),
        ("a\0b", None),
        ("a\ud800", None),
        ("a" * LONGEST, Typed("a" * LONGEST)),
        ("a" * (LONGEST + 1), None),
    ],
)
def test_what_is_typed(query: str, typed: Typed | None) -> None:
    assert read_typed(query) == typed


def test_without_an_index_the_buffers_are_there(tmp_path: Path) -> None:
    made = Indexed(tmp_path)
    made.user.save("farm.py", FARM)
    assert found(made, "shear") == []
    made.user.type("farm.py", FARM + "\n")
    assert names(found(made, "split_evenly")) == ["split_evenly"]


def test_several_folders_and_what_nothing_keeps(indexed: Indexed, tmp_path: Path) -> None:
    other = Indexed(tmp_path / "other")
    other.user.save("barn.py", "def split_straw():\n    pass\n")
    other.build()
    searched = [Searched(one.index, LaidBuffers(one.index)) for one in (indexed, other, indexed)]
    typed = Typed("split")
    got = names(Searcher(lambda: searched, tuple).named(typed, 50))
    assert got.index("split_straw") < got.index("split_evenly")
    assert len(got) == len(set(got)), "a folder in another one is not told twice"
    off = [Searched(other.index, LaidBuffers(other.index), "It is off.")]
    assert Searcher(lambda: off, tuple).named(typed, 50) == []
