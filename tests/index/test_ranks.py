"""Ranks of files: who is vouched for, by everybody and from near."""

from __future__ import annotations

import random
import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.index import ranks
from arriero.index.ranks import FOLLOWED, Graph, Ranks, power_iteration
from arriero.index.schema import name_key, packed
from index.repository import database


def graph(files: int, edges: Sequence[tuple[int, int, float]]) -> Graph:
    """Make a graph; the weights of each file's edges are scaled to sum up to 1."""
    totals = [sum(w for s, _, w in edges if s == at) for at in range(files)]
    return Graph(
        array("I", [s for s, _, _ in edges]),
        array("I", [t for _, t, _ in edges]),
        array("d", [w / totals[s] for s, _, w in edges]),
        files,
    )


def project(
    db: sqlite3.Connection,
    files: Mapping[str, tuple[Sequence[str], Sequence[str]]],
    languages: Mapping[str, str] | None = None,
) -> None:
    """Put files into an index: what each defines, and what it uses."""
    for name, (defines, uses) in files.items():
        ident = db.execute(
            "INSERT INTO files(path, mtime_ns, ctime_ns, size, kind, language) "
            "VALUES (?, 0, 0, 0, 'text', ?)",
            (name.encode(), (languages or {}).get(name, "python")),
        ).lastrowid
        db.executemany(
            "INSERT INTO defs VALUES (?, ?, 'function', ?, ?, '')",
            [(ident, defined, line, line) for line, defined in enumerate(defines, 1)],
        )
        keys = sorted({name_key(used) for used in uses})
        db.execute("INSERT INTO refs VALUES (?, ?)", (ident, packed(keys) + b"\1" * len(keys)))


WEB = {
    "core.py": (["read_all_text", "write_all_text"], []),
    "left.py": (["left_side_view"], ["read_all_text", "write_all_text"]),
    "right.py": (["right_side_view"], ["read_all_text", "left_side_view"]),
    "alone.py": (["nobody_uses_this"], []),
}


@pytest.fixture
def web(tmp_path: Path) -> sqlite3.Connection:
    db = database(tmp_path / "index")
    project(db, WEB)
    return db


_EDGES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0.1, 5.0)), max_size=40)


@given(_EDGES)
def test_ranks_are_a_fixed_point_that_sums_up_to_one(
    edges: list[tuple[int, int, float]],
) -> None:
    made = graph(10, edges)
    found = power_iteration(made)
    assert sum(found) == pytest.approx(1.0)
    sunk = sum(found[at] for at in range(10) if at not in made.sources)
    for at in range(10):
        flow = sum(
            found[s] * w
            for s, t, w in zip(made.sources, made.targets, made.weights, strict=True)
            if t == at
        )
        rank = (1 - FOLLOWED + FOLLOWED * sunk) / 10 + FOLLOWED * flow
        assert found[at] == pytest.approx(rank, abs=1e-3)


def test_nothing_has_no_ranks(tmp_path: Path) -> None:
    assert power_iteration(graph(0, [])) == ()
    db = database(tmp_path / "index")
    empty = Ranks(db)
    assert (empty.best(5), empty.near({b"a": 1.0}), empty.rank(b"a"), empty.uses(b"a")) == (
        [], {}, 0.0, {}
    )  # fmt: skip
    assert ranks.update(db)
    assert Ranks(db).best(5) == []


def test_who_defines_what_others_use_is_ahead(web: sqlite3.Connection) -> None:
    assert ranks.update(web)
    found = Ranks(web)
    assert [path for path, _ in found.best(2)] == [b"core.py", b"left.py"]
    assert sum(rank for _, rank in found.best(10)) == pytest.approx(1.0)
    assert found.rank(b"core.py") > found.rank(b"alone.py") > 0
    uses = found.uses(b"core.py")
    assert uses[name_key("read_all_text")] > 0
    assert uses.keys() == {name_key("read_all_text"), name_key("write_all_text")}
    assert found.uses(b"alone.py") == {}


def test_from_near_only_what_can_be_reached_counts(web: sqlite3.Connection) -> None:
    ranks.update(web)
    found = Ranks(web)
    near = found.near({b"left.py": 2.0, b"nowhere.py": 1.0, b"right.py": 0.0})
    assert set(near) == {b"left.py", b"core.py"}
    assert sum(near.values()) == pytest.approx(1.0)
    assert found.near({b"alone.py": 1.0}) == {b"alone.py": 1.0}
    both = found.near({b"left.py": 1.0, b"alone.py": 1.0})
    assert both[b"alone.py"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("files", "languages"),
    [
        ({"a.py": (["shared_name"], []), "b.js": ([], ["shared_name"])}, {"b.js": "javascript"}),
        ({"test_a.py": (["shared_name"], []), "b.py": ([], ["shared_name"])}, {}),
        ({"a.py": (["shared_name"], []), "b.py": (["shared_name"], ["shared_name"])}, {}),
        (
            {f"{n}.py": (["shared_name"], []) for n in range(30)} | {"b.py": ([], ["shared_name"])},
            {},
        ),
    ],
    ids=["another language", "a test's own", "its own", "everybody's"],
)
def test_names_that_are_equal_by_chance_connect_nothing(
    tmp_path: Path,
    files: dict[str, tuple[list[str], list[str]]],
    languages: dict[str, str],
) -> None:
    db = database(tmp_path / "index")
    project(db, files, languages)
    ranks.update(db)
    for name in files:
        assert Ranks(db).near({name.encode(): 1.0}) == {name.encode(): 1.0}


def test_what_others_wrote_counts_as_far_as_it_is_used(tmp_path: Path) -> None:
    db = database(tmp_path)
    vendored = {
        f"web/node_modules/kit/part_{n}.py": ([f"kit_part_{n}"], ["kit_part_0", "kit_part_1"])
        for n in range(20)
    }
    own = {
        "a.py": (["own_first_part"], ["kit_part_7", "own_base_of_all"]),
        "b.py": (["own_second_part"], ["own_base_of_all"]),
        "base.py": (["own_base_of_all"], []),
    }
    project(db, {**vendored, **own})
    ranks.update(db)
    order = [path.decode() for path, _ in Ranks(db).best(30)]
    assert order[0] == "base.py"
    assert order.index("web/node_modules/kit/part_7.py") < order.index(
        "web/node_modules/kit/part_9.py"
    )
    assert sum(rank for _, rank in Ranks(db).best(30)) == pytest.approx(1.0)
    # A folder of nothing else is looked at like any other.
    alone = database(tmp_path / "alone")
    project(alone, vendored)
    ranks.update(alone)
    ahead = {path.rpartition(b"/")[2] for path, _ in Ranks(alone).best(2)}
    assert ahead == {b"part_0.py", b"part_1.py"}


def test_who_defines_a_name_of_every_text_is_not_meant_by_all(tmp_path: Path) -> None:
    db = database(tmp_path)
    users = {
        f"user_{n}.py": ([f"user_number_{n}"], ["split", "append", "price_of_a_cart"][: 2 + n % 2])
        for n in range(12)
    }
    project(
        db, {**users, "money.py": (["split", "append"], []), "cart.py": (["price_of_a_cart"], [])}
    )
    ranks.update(db)
    best = Ranks(db).best(1)
    assert [path for path, _ in best] == [b"cart.py"]


def test_tests_use_what_tests_define(tmp_path: Path) -> None:
    db = database(tmp_path / "index")
    project(db, {"tests/a.py": (["shared_name"], []), "tests/b.py": ([], ["shared_name"])})
    ranks.update(db)
    assert b"tests/a.py" in Ranks(db).near({b"tests/b.py": 1.0})


def test_ranks_are_worked_out_again_when_enough_changed(web: sqlite3.Connection) -> None:
    assert ranks.update(web)
    assert not ranks.update(web)
    project(web, {"more.py": ([], ["nobody_uses_this"])})
    assert ranks.update(web)
    assert b"alone.py" in Ranks(web).near({b"more.py": 1.0})
    web.execute("DELETE FROM files WHERE path = ?", (b"more.py",))
    assert ranks.update(web)
    assert Ranks(web).rank(b"more.py") == 0.0
    assert not ranks.update(web)
    tables = web.execute("SELECT count(*) FROM sqlite_master WHERE name GLOB 'ranks_[01]'")
    assert tables.fetchone() == (1,)


def test_the_order_of_indexing_does_not_matter(tmp_path: Path) -> None:
    found = []
    for number in range(3):
        names = list(WEB)
        random.Random(number).shuffle(names)
        db = database(tmp_path / str(number))
        project(db, {name: WEB[name] for name in names})
        ranks.update(db)
        near = Ranks(db).near({b"right.py": 1.0, b"left.py": 0.5})
        best = Ranks(db).best(9)
        found.append([(path, round(rank, 9)) for path, rank in [*best, *sorted(near.items())]])
    assert found[0] == found[1] == found[2]
