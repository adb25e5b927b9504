from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arriero.tools.grep_search import grep_search
from tools.bench import Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"pattern": "hello"}, "src/main.py:2: print('hello')\n[1 line in 1 file match.]"),
        ({"pattern": r"line 1\d$"}, None),
        ({"pattern": "HELLO", "case_sensitive": False},
         "src/main.py:2: print('hello')\n[1 line in 1 file match.]"),
        ({"pattern": "HELLO"},
         "[No line matches in 5 files. Try other words, or case_sensitive=false.]"),
        ({"pattern": "hello", "glob": "*.md"},
         "[No line matches in 1 files. Try other words, or case_sensitive=false.]"),
        ({"pattern": "hello", "path": "debug.log"},
         "debug.log:1: hello\n[1 line in 1 file match.]"),
        ({"pattern": "hello", "path": "src", "glob": "*.py"},
         "src/main.py:2: print('hello')\n[1 line in 1 file match.]"),
        ({"pattern": "a\\nb"},
         "[No line matches in 5 files. A match lies within one line; look for one line of it.]"),
    ],
)  # fmt: skip
def test_grep_search(bench: Bench, arguments: dict[str, Any], expected: str | None) -> None:
    text = bench.text(grep_search, **arguments)
    if expected is None:
        assert text.count("\n") == 10
        assert text.endswith("[10 lines in 1 file match.]")
    else:
        assert text == expected


def test_grep_search_takes_a_broken_expression_for_plain_text(bench: Bench) -> None:
    text = bench.text(grep_search, pattern="main(")
    assert text.startswith("src/main.py:1: def main():\n[The pattern is no valid regular")
    assert text.endswith("[1 line in 1 file match.]") is False
    assert "1 line in 1 file match." in text


def test_grep_search_searches_what_the_user_and_the_model_have(bench: Bench) -> None:
    bench.user.type("README.md", "needle\n")
    bench.view.write("new.py", "a needle\n")
    assert bench.text(grep_search, pattern="needle") == (
        "README.md:1: needle\nnew.py:1: a needle\n[2 lines in 2 files match.]"
    )


def test_grep_search_is_capped(bench: Bench) -> None:
    bench.user.save("a.txt", "match\n" * 50)
    text = bench.text(grep_search, pattern="match", path="a.txt")
    assert text.count("a.txt:") == 21
    assert "a.txt: … 30 more lines match" in text
    for n in range(100):
        bench.user.save(f"many/{n:02}.txt", ("match " * 50 + "\n") * 20)
    text = bench.text(grep_search, pattern="match", path="many")
    assert len(text) < 14_000
    assert "files are not shown (many/" in text
    bench.user.save("wide.txt", "x" * 1000 + "match" + "y" * 1000)
    (line, _) = bench.text(grep_search, pattern="match", path="wide.txt").split("\n")
    assert "match" in line
    assert len(line) < 330


def test_grep_search_places(bench: Bench) -> None:
    result = bench.call(grep_search, {"pattern": "hello"})
    assert [(p.path, p.line) for p in result.locations] == [(bench.user.path("src/main.py"), 2)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"pattern": ""}, "pattern is empty"),
        ({"pattern": "x" * 2000}, "shorten it"),
        ({"pattern": "x", "path": "scr"}, "Did you mean src"),
    ],
)
def test_grep_search_helps_on(bench: Bench, arguments: dict[str, Any], said: str) -> None:
    text = bench.text(grep_search, **arguments)
    assert text.startswith("Error: ")
    assert said in text
