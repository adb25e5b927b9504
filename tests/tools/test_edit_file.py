from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arriero.tools.edit_file import edit_file
from tools.bench import NUMBERS, Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


def test_edit_file_shows_the_changed_lines(bench: Bench) -> None:
    result = bench.call(
        edit_file,
        {"path": "numbers.txt", "old_string": "line 15", "new_string": "fifteen\nand a half"},
    )
    assert result.text == (
        "Edited numbers.txt. The lines are now:\n"
        "    12\tline 12\n    13\tline 13\n    14\tline 14\n"
        "    15\tfifteen\n    16\tand a half\n"
        "    17\tline 16\n    18\tline 17\n    19\tline 18"
    )
    (diff,) = result.diffs
    assert (diff.path, diff.old_text) == (bench.user.path("numbers.txt"), NUMBERS)
    assert [place.line for place in result.locations] == [15]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"old_string": "line 1\n", "new_string": ""}, "     1\tline 2"),
        ({"old_string": "line 30\n", "new_string": ""}, "    29\tline 29"),
        ({"old_string": NUMBERS, "new_string": ""}, "(none: the file is empty)"),
        ({"old_string": "line", "new_string": "row", "replace_all": True}, "    30\trow 30"),
        ({"old_string": "line 2\n", "new_string": "two\n"}, "     2\ttwo"),
    ],
)
def test_edit_file_shows_what_is_there_now(
    bench: Bench, arguments: dict[str, Any], expected: str
) -> None:
    assert expected in bench.text(edit_file, path="numbers.txt", **arguments)


def test_edit_file_shows_some_of_many_places(bench: Bench) -> None:
    bench.user.save("many.txt", "".join(f"same\nline {n}\n" for n in range(20)))
    text = bench.text(
        edit_file, path="many.txt", old_string="same", new_string="other", replace_all=True
    )
    assert text.startswith("Edited many.txt in 20 places")
    assert text.endswith("… and 15 more places")


def test_edit_file_counts_the_lines_that_earlier_places_have_more(bench: Bench) -> None:
    bench.user.save("two.txt", "same\n" + NUMBERS + "same\n")
    result = bench.call(
        edit_file,
        {"path": "two.txt", "old_string": "same", "new_string": "a\nb\nc", "replace_all": True},
    )
    assert [place.line for place in result.locations] == [1, 34]
    assert "    36\tc" in result.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"path": "numbers.txt", "old_string": "line 1", "new_string": "x"}, "11"),
        (
            {
                "path": "src/main.py",
                "old_string": "def mian():\n    print('hello')\n",
                "new_string": "x",
            },
            "def main():",
        ),
        ({"path": "nombers.txt", "old_string": "a", "new_string": "b"}, "Did you mean"),
        ({"path": ".git/config", "old_string": "a", "new_string": "b"}, "may not be changed"),
    ],
)
def test_edit_file_helps_on(bench: Bench, arguments: dict[str, Any], said: str) -> None:
    text = bench.text(edit_file, **arguments)
    assert text.startswith("Error: ")
    assert said in text


def test_edit_file_with_an_empty_old_text_makes_a_file(bench: Bench) -> None:
    text = bench.text(edit_file, path="new/a.py", old_string="", new_string="x = 1\n")
    assert text == "Created new/a.py. The lines are now:\n     1\tx = 1"
    assert bench.text(edit_file, path="empty.txt", old_string="", new_string="x\n").startswith(
        "Edited empty.txt"
    )
    assert bench.text(edit_file, path="numbers.txt", old_string="", new_string="x").startswith(
        "Error: "
    )


def test_edit_file_drops_a_fence_around_the_new_text(bench: Bench) -> None:
    arguments = {"old_string": "    print('hello')", "new_string": "```python\n    print(1)\n```"}
    text = bench.text(edit_file, path="src/main.py", **arguments)
    assert "    print(1)" in text
    assert "```" not in text
