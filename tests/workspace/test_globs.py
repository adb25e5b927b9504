from __future__ import annotations

import time

import pytest

from arriero.workspace.globs import Glob


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("*.py", ["a.py", "src/a.py", "a/b/c.py"], ["a.pyc", "py"]),
        ("a.py", ["a.py", "src/a.py"], ["aa.py"]),
        ("/a.py", ["a.py"], ["src/a.py"]),
        ("./a.py", ["a.py", "src/a.py"], []),
        ("src/*.py", ["src/a.py"], ["a.py", "src/b/a.py", "x/src/a.py"]),
        ("**/*.py", ["a.py", "src/b/a.py"], ["a.c"]),
        ("src/**/*.py", ["src/a.py", "src/b/c/a.py"], ["a.py", "lib/src/a.py"]),
        ("**/test/**", ["test/a", "x/test/a/b"], ["test", "tests/a"]),
        ("src/**", ["src/a", "src/a/b"], ["src", "a"]),
        ("src/", ["src/a", "src/a/b"], ["lib/src/a"]),
        ("src/**/b/**/*.py", ["src/b/x.py", "src/a/b/c/x.py", "src/b/b/x.py"], ["src/x.py"]),
        ("**", ["a", "a/b"], []),
        ("*.{js,ts}", ["a.js", "x/a.ts"], ["a.jsx", "a.{js,ts}"]),
        ("{src,lib}/*.{a,b{1,2}}", ["src/x.a", "lib/x.b1", "lib/x.b2"], ["src/x.b", "x.a"]),
        ("a{}.py", ["a{}.py"], ["a.py"]),
        ("a{b.py", ["a{b.py"], ["ab.py"]),
        ("[ab].py", ["a.py", "b.py"], ["c.py", "ab.py"]),
        ("[!ab].py", ["c.py"], ["a.py"]),
        ("a?.py", ["ab.py"], ["a.py", "abc.py"]),
        ("[", ["["], ["a"]),
        (".*", [".env", "a/.env"], ["env"]),
        ("*", ["a", "a/.b"], []),
        ("", [], ["a"]),
        ("größe*", ["größe.md"], ["groesse.md"]),
    ],
)
def test_globs(pattern: str, matching: list[str], others: list[str]) -> None:
    glob = Glob(pattern)
    assert [path for path in matching + others if glob.matches(path)] == matching


def test_the_case_may_be_ignored() -> None:
    assert Glob("readme*", ignore_case=True).matches("README.md")
    assert not Glob("readme*").matches("README.md")


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 30 + "b",
        "**/a/" * 30 + "b",
        "{a,b}" * 60,
        "**/" * 40 + "x",
        "{" * 200 + "}" * 200,
    ],
)
def test_no_pattern_takes_long(pattern: str) -> None:
    began = time.monotonic()
    Glob(pattern).matches("/".join(["a" * 200] * 20))
    Glob(pattern).matches("/".join(["a"] * 2000))
    assert time.monotonic() - began < 5
