"""One search over words, symbols, paths and history."""

from __future__ import annotations

import os
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest

from arriero.index.keywords import forms, keywords
from arriero.index.search import Kind, SearchResult, search
from arriero.index.status import IndexStatus
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.folderwatch import Changed
from arriero.workspace.matcher import BadPattern
from index.repository import Repository
from index.searched import Searched

FILES = {
    "shop/prices.py": (
        "def total_price(items):\n    return sum(item.price for item in items)\n\n\n"
        "class PriceList:\n    def discount_for(self, customer):\n        return 0\n"
    ),
    "shop/orders.py": (
        "from shop.prices import total_price\n\n\ndef place_order(cart):\n"
        "    # the courier collects parcels at noon\n    return total_price(cart)\n"
    ),
    "shop/stamps.py": "def stick(letter):\n    return letter\n",
    "shop/aaa.py": "class PriceListView:\n    pass\n",
    "docs/guide.md": "# Guide\n\nHow a courier is paid.\n",
    "plain.txt": "".join(f"line {number}\n" for number in range(1, 200)) + "a needle ;; here\n",
}
MANY_OTHERS = "zebra lion tiger panther leopard cheetah hyena jackal giraffe meerkat ostrich eagle"


@pytest.fixture
def shop(tmp_path: Path) -> Searched:
    made = Searched(tmp_path, FILES)
    repository = Repository(Path(made.disk.root))
    repository.commit("Weigh letters before the post leaves", "shop/stamps.py", "docs/guide.md")
    repository.commit("Weigh letters twice", "shop/stamps.py", "docs/guide.md")
    repository.commit("Perforate the sheets", "shop/stamps.py")
    made.build()
    return made


def names(shop: Searched, result: SearchResult) -> list[str]:
    return [shop.name(hit.path) for hit in result.hits]


@pytest.mark.parametrize(
    ("query", "first", "why"),
    [
        ("total_price", "shop/prices.py", "defines function total_price"),
        ("TOTAL_PRICE", "shop/prices.py", "defines function total_price"),
        ("where is `PriceList` made", "shop/prices.py", "defines class PriceList"),
        ("PriceList.discount_for()", "shop/prices.py", "defines class PriceList"),
        ("courier parcels at noon", "shop/orders.py", "3 of 3 words"),
        ("the discount of a customer", "shop/prices.py", "2 of 2 words"),
        ("what is in docs/guide.md", "docs/guide.md", "named in the question"),
        ("orders", "shop/orders.py", "the path matches"),
        ("perforated sheets", "shop/stamps.py", "changed in \u201cPerforate the sheets\u201d"),
        ("needle", "plain.txt", "the word"),
    ],
)
def test_what_comes_first_and_why(shop: Searched, query: str, first: str, why: str) -> None:
    result = search(shop.index, query)
    assert names(shop, result)[0] == first
    assert why in result.hits[0].why
    assert (result.complete, result.note) == (True, "")


def test_each_hit_shows_the_lines_that_it_names(shop: Searched) -> None:
    for query in ("total_price courier letters", "needle", "PriceList"):
        for hit in search(shop.index, query).hits:
            lines = Path(hit.path).read_text().splitlines()
            assert "\n".join(lines[hit.line - 1 : hit.end_line]) == hit.text
    [hit] = search(shop.index, "a needle").hits
    assert hit.line <= 200 <= hit.end_line


@pytest.mark.parametrize("kind", ["text", "regex"])
def test_of_a_long_line_what_was_looked_for_is_shown(tmp_path: Path, kind: Kind) -> None:
    """A bundle may be a line of megabytes, and an answer has hundreds of lines."""
    line = f"{'x ' * 300_000}sought{' y' * 300_000}"
    made = Searched(tmp_path, {"bundle.js": f"first\n{line}\n"})
    made.build()
    [hit] = search(made.index, "sought", kind).hits
    assert (hit.line, hit.end_line) == (2, 2)
    assert "x sought y" in hit.text
    assert 1_000 < len(hit.text) < 3_000


def test_what_was_not_looked_through_is_no_further_match(
    shop: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = search(shop.index, "PriceList", "text", 2)
    assert (len(found.hits), found.complete, found.note) == (2, True, "")
    found = search(shop.index, "PriceList", "text", 1)
    assert (len(found.hits), found.complete) == (1, False)
    assert "more matches" in found.note
    at_once = partialmethod(WorkspaceIndex.grep, seconds=-1.0)
    monkeypatch.setattr(WorkspaceIndex, "grep", at_once)
    found = search(shop.index, "PriceList", "text", 9)
    assert (found.hits, found.complete) == ((), False)
    assert "Not all files were looked through" in found.note


def test_what_changes_together_comes_along(shop: Searched) -> None:
    result = search(shop.index, "stick")
    assert names(shop, result)[0] == "shop/stamps.py"
    [guide] = [hit for hit in result.hits if shop.name(hit.path) == "docs/guide.md"]
    assert guide.why == ("changes together with shop/stamps.py",)


@pytest.mark.parametrize(
    ("query", "kind", "lines"),
    [
        ("total_price(", "text", [("shop/orders.py", 6), ("shop/prices.py", 1)]),
        (r"^class \w+List:", "regex", [("shop/prices.py", 5)]),
        ("pricelist", "symbol", [("shop/prices.py", 5), ("shop/aaa.py", 1)]),
        ("place_ord", "symbol", [("shop/orders.py", 4)]),
        ("placeOrder", "symbol", [("shop/orders.py", 4)]),
        ("nothing_of_it", "symbol", []),
        ("nothing of it", "text", []),
        ("", "auto", []),
        ("  ", "auto", []),
        ("", "text", []),
        ("      ", "text", [("shop/prices.py", 7)]),
        ("      ", "regex", [("shop/prices.py", 7)]),
        ("zzz qqq", "auto", []),
    ],
)
def test_other_kinds(shop: Searched, query: str, kind: Kind, lines: list[tuple[str, int]]) -> None:
    hits = search(shop.index, query, kind).hits
    assert [(shop.name(hit.path), hit.line) for hit in hits][: len(lines) or 1] == lines


def test_what_is_no_word_is_looked_for_as_it_is(shop: Searched) -> None:
    [hit] = search(shop.index, ";;").hits
    assert (shop.name(hit.path), hit.line) == ("plain.txt", 200)


def test_a_pattern_that_is_wrong_is_refused(shop: Searched) -> None:
    with pytest.raises(BadPattern):
        search(shop.index, "(", "regex")


def test_meaning_is_not_there_and_that_is_said(shop: Searched) -> None:
    result = search(shop.index, "courier", "semantic")
    assert result.hits
    assert "by words" in result.note


def test_more_than_the_limit_is_said(shop: Searched) -> None:
    result = search(shop.index, "line", "text", limit=3)
    assert (len(result.hits), result.complete) == (3, False)
    assert "narrow" in result.note
    assert search(shop.index, "line", limit=0).hits == ()


def test_a_file_with_more_lines_than_the_limit(tmp_path: Path) -> None:
    searched = Searched(tmp_path, {"only.txt": "needle\n" * 1_500})
    searched.build()
    for limit, complete in ((1_001, False), (1_499, False), (1_500, True)):
        result = search(searched.index, "needle", "text", limit)
        assert (len(result.hits), result.complete) == (limit, complete)


def test_buffers_are_searched_as_they_are(shop: Searched) -> None:
    shop.index.lay(shop.path("shop/orders.py"), "# a zeppelin\ndef place_order():\n    pass\n")
    assert names(shop, search(shop.index, "zeppelin")) == ["shop/orders.py"]
    assert "shop/orders.py" in names(shop, search(shop.index, "zeppelin letters"))
    assert search(shop.index, "zeppelin").hits[0].text.startswith("# a zeppelin")
    [hit] = search(shop.index, "place_order", "symbol").hits[:1]
    assert hit.line == 2, "the definition moved"
    shop.index.lay(shop.path("shop/orders.py"), "nothing\n")
    assert all("defines" not in why for hit in search(shop.index, "place_order").hits
               for why in hit.why)  # fmt: skip


def test_what_is_gone_is_not_shown(shop: Searched) -> None:
    Path(shop.path("shop/orders.py")).unlink()
    assert "shop/orders.py" not in names(shop, search(shop.index, "courier parcels"))


def test_without_an_index_the_files_are_looked_through(tmp_path: Path) -> None:
    shop = Searched(tmp_path, FILES)
    result = search(shop.index, "courier parcels")
    assert names(shop, result)[:2] == ["shop/orders.py", "docs/guide.md"]
    assert not result.complete
    assert "no index yet" in result.note


@pytest.mark.parametrize("kind", ["auto", "semantic"])
def test_while_it_is_built_files_without_a_hit_in_it_are_looked_through(
    shop: Searched, kind: Kind
) -> None:
    late = shop.disk.write(
        "late/arrival.py", "def unload_lorry():\n    # the gantry swings\n    ...\n"
    )
    shop.index.take_in(IndexStatus(shop.disk.root, "ready", writes=True))
    assert search(shop.index, "gantry lorry", kind).hits == (), "the index does not have it"
    shop.index.take_in(IndexStatus(shop.disk.root, "building", 4_000, 1_000, writes=True))
    shop.index.feed([Changed(late, "created")])
    result = search(shop.index, "gantry lorry", kind)
    assert names(shop, result) == ["late/arrival.py"]
    assert result.hits[0].why == ("2 of 2 words",)
    assert not result.complete
    assert "looked through" in result.note
    assert "looked through" not in search(shop.index, "courier", kind).note


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("giraffes migrate northwards every dry courier season", False),
        ("zebra giraffe lion", False),
        ("zebra giraffe courier", True),
        (f"{MANY_OTHERS} total_price", True),
        (f"{MANY_OTHERS} docs/guide.md", True),
        ("giraffes migrate northwards every dry weighing season", True),
        ("giraffes migrate every season, says the courier of parcels", True),
    ],
)
def test_what_is_about_something_else_finds_nothing(tmp_path: Path, query: str, hits: bool) -> None:
    many = {f"many/part{n}.txt": f"courier{n} and the courier once more\n" for n in range(60)}
    made = Searched(tmp_path, {**FILES, **many})
    repository = Repository(Path(made.disk.root))
    repository.commit("Start")  # of too many files to tell anything
    repository.commit("Weigh the letters", "shop/stamps.py")
    made.build()
    assert bool(search(made.index, query).hits) == hits


def test_a_buffer_may_be_what_a_question_is_about(shop: Searched) -> None:
    question = "giraffes migrate northwards every season"
    assert search(shop.index, question).hits == ()
    shop.index.lay(shop.path("shop/orders.py"), "# giraffes migrate\n")
    assert names(shop, search(shop.index, question)) == ["shop/orders.py"]


@pytest.mark.parametrize("kind", ["auto", "symbol"])
@pytest.mark.parametrize("change", ["changed", "rescan"])
def test_what_changed_and_is_not_read_yet_is_said(shop: Searched, kind: Kind, change: Any) -> None:
    shop.index.take_in(IndexStatus(shop.disk.root, "ready", 6, writes=True))
    assert search(shop.index, "total_price", kind).complete
    path = shop.disk.root if change == "rescan" else shop.path("shop/new.py")
    shop.index.feed([Changed(path, change)])
    result = search(shop.index, "total_price", kind)
    assert result.hits
    assert not result.complete
    assert "not indexed yet" in result.note


def test_before_it_is_opened_nothing_is_all(shop: Searched) -> None:
    shop.index.reopen({})
    result = search(shop.index, "total_price", "symbol")
    assert result.hits
    assert not result.complete
    assert "still being built" in result.note


@pytest.mark.parametrize("kind", ["text", "regex"])
def test_without_its_folder_nothing_is_all(shop: Searched, kind: Kind) -> None:
    os.rename(shop.disk.root, f"{shop.disk.root}.away")
    result = search(shop.index, "courier", kind)
    assert not result.hits
    assert not result.complete
    assert "restore the folder" in result.note


def test_while_it_is_built_it_says_so(shop: Searched) -> None:
    shop.index.take_in(IndexStatus(shop.disk.root, "building", 4_000, 1_000, writes=True))
    result = search(shop.index, "courier")
    assert result.hits
    assert not result.complete
    assert "3,000 of 4,000 files" in result.note


@pytest.mark.parametrize(
    ("question", "words", "certain", "files"),
    [
        ("Why does getUserName fail?", ("fail",), {"getUserName"}, ()),
        ("fix run() in agent/loop.py", ("fix", "run"), {"run"}, ("agent/loop.py",)),
        ("what is 'stream' for", ("stream",), {"stream"}, ()),
        ("a::b->c_d", ("c", "d"), {"c_d"}, ()),
        ("open Makefile.am, please", ("makefile",), set(), ("Makefile.am",)),
    ],
)
def test_questions_are_taken_apart(
    question: str, words: tuple[str, ...], certain: set[str], files: tuple[str, ...]
) -> None:
    found = keywords(question)
    assert set(words) - {"c", "d"} <= set(found.words)
    assert certain <= found.certain
    assert found.files == files


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rebased", "rebase"),
        ("hunks", "hunk"),
        ("parties", "party"),
        ("stopping", "stop"),
        ("writes", "writing"),
        ("writer", "write"),
        ("class", "classes"),
    ],
)
def test_words_with_other_endings_are_the_same(one: str, other: str) -> None:
    assert other in forms(one)
    assert set(forms(other)) & set(forms(one))


@pytest.mark.parametrize("word", ["red", "utf8", "größe", "do_it"])
def test_other_words_have_one_form(word: str) -> None:
    assert forms(word) == (word,)


def test_a_question_may_use_other_endings(shop: Searched) -> None:
    assert names(shop, search(shop.index, "discounted customers"))[0] == "shop/prices.py"
    assert names(shop, search(shop.index, "perforating sheet"))[0] == "shop/stamps.py"
