from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arriero.tools.edit_file import edit_file
from arriero.tools.read_file import read_file
from tools.bench import NUMBERS, Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "first", "last", "footer"),
    [
        ({}, "     1\tline 1", "    30\tline 30", "[30 lines]"),
        ({"offset": 10, "limit": 2}, "    10\tline 10", "    11\tline 11",
         "[lines 10-11 of 30; use offset=12 to continue]"),
        ({"offset": 29}, "    29\tline 29", "    30\tline 30", "[lines 29-30 of 30]"),
        ({"offset": -2}, "    29\tline 29", "    30\tline 30", "[lines 29-30 of 30]"),
        ({"offset": 0, "limit": 1}, "     1\tline 1", "     1\tline 1",
         "[lines 1-1 of 30; use offset=2 to continue]"),
        ({"offset": -99, "limit": 1}, "     1\tline 1", "     1\tline 1",
         "[lines 1-1 of 30; use offset=2 to continue]"),
    ],
)  # fmt: skip
def test_read_file_shows_numbered_lines(
    bench: Bench, arguments: dict[str, int], first: str, last: str, footer: str
) -> None:
    lines = bench.text(read_file, path="numbers.txt", **arguments).split("\n")
    assert (lines[0], lines[-2], lines[-1]) == (first, last, footer)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "a.txt is empty."),
        ("one", "     1\tone\n[1 line; no newline at the end]"),
        ("\n", "     1\t\n[1 line]"),
        ("a\r\nb\rc\n", "     1\ta\n     2\tb\n     3\tc\n[3 lines]"),
        (b"\xef\xbb\xbfa\n", "     1\ta\n[1 line; UTF-8 with byte-order mark]"),
        (b"caf\xe9\n", "     1\tcafé\n[1 line; Latin-1]"),
    ],
)
def test_read_file_tells_what_is_unusual(bench: Bench, content: str | bytes, expected: str) -> None:
    bench.user.save("a.txt", content)
    assert bench.text(read_file, path="a.txt") == expected


def test_read_file_cuts_long_lines_and_long_files(bench: Bench) -> None:
    bench.user.save("wide.txt", "x" * 5000 + "\nshort\n")
    assert "… [3,000 more characters]\n     2\tshort\n[2 lines]" in bench.text(
        read_file, path="wide.txt"
    )
    bench.user.save("long.txt", "".join(f"{n:060}\n" for n in range(1, 2001)))
    at, seen = 1, []
    for _ in range(20):
        *lines, footer = bench.text(read_file, path="long.txt", offset=at).split("\n")
        assert sum(map(len, lines)) <= 12_000
        seen += [int(line.split("\t")[1]) for line in lines]
        if "continue" not in footer:
            break
        at = int(footer.split("offset=")[1].split(" ")[0])
    assert seen == list(range(1, 2001))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"path": "main.py"}, "Did you mean src/main.py?"),
        ({"path": "src"}, "list_directory"),
        ({"path": "numbers.txt", "offset": 31}, "Give an offset from 1 to 30."),
        ({"path": "../secret"}, "outside of the workspace"),
        ({"path": ""}, "path is empty"),
    ],
)
def test_read_file_helps_on(bench: Bench, arguments: dict[str, Any], said: str) -> None:
    text = bench.text(read_file, **arguments)
    assert text.startswith("Error: ")
    assert said in text


def test_read_file_tells_that_the_user_was_first(bench: Bench) -> None:
    bench.text(edit_file, path="numbers.txt", old_string="line 5\n", new_string="five\n")
    bench.user.type("numbers.txt", NUMBERS.replace("line 5\n", "FIVE\n"))
    text = bench.text(read_file, path="numbers.txt")
    assert "     5\tFIVE" in text
    assert "Note: The user changed numbers.txt" in text
    assert "Note" not in bench.text(read_file, path="numbers.txt")


def test_read_file_says_where_it_read(bench: Bench) -> None:
    result = bench.call(read_file, {"path": "numbers.txt", "offset": 7})
    assert [(place.path, place.line) for place in result.locations] == [
        (bench.user.path("numbers.txt"), 7)
    ]
