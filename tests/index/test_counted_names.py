"""How often a file uses each name, as it is stored."""

from __future__ import annotations

from arriero.index.extract.types import Extracted
from arriero.index.indexer import prepare
from arriero.index.schema import name_key, unpacked


def counted(*names: str) -> dict[int, int]:
    found = Extracted(references=tuple((name, line) for line, name in enumerate(names, 1)))
    blob = prepare._references(found)
    count = len(blob) // 5
    keys = list(unpacked(blob[: 4 * count]))
    assert keys == sorted(keys)
    return dict(zip(keys, blob[4 * count :], strict=True))


def test_names_are_counted_up_to_255() -> None:
    found = counted("a", "b", "a", *["c"] * 300)
    assert found == {name_key("a"): 2, name_key("b"): 1, name_key("c"): 255}


def test_names_that_share_a_key_are_counted_together() -> None:
    assert name_key("plumless") == name_key("buckeroo")
    assert counted("plumless", "a", "buckeroo") == {name_key("plumless"): 2, name_key("a"): 1}


def test_of_very_many_names_those_used_most_are_kept() -> None:
    names = [f"n{number}" for number in range(prepare._MOST_NAMES + 1)]
    found = counted(*names, *names[1:])
    assert len(found) <= prepare._MOST_NAMES
    assert name_key("n0") not in found
