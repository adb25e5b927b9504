"""TOML as far as facts need it, whole or broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.agent.gathering.toml_values import toml_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        ("a = 1 # b = 2", [("a", "1")]),
        ("a.b . 'c.d' = true\n", [("a/b/c.d", "true")]),
        ("[t]\na = 'x'\r\n[[u.v]]\nb=\"\\\"y\"", [("t", ""), ("t/a", "x"), ("u/v", ""),
                                                   ("u/v/b", '\\"y')]),
        ("a = [\n 'x', # 'z'\n [\"y\"],\n]\nb = 1", [("a", "x"), ("a", "y"), ("b", "1")]),
        ("a = {b = 1, c.d = ['x', {e = 2}], f = 3}\ng = 4",
         [("a/b", "1"), ("a/c/d", "x"), ("a/c/d/e", "2"), ("a/f", "3"), ("g", "4")]),
        ("a = '''\nb = 1\n'''\nc = 2", [("a", "\nb = 1\n"), ("c", "2")]),
        ("a = [\n'x',\n[t]\nb = 1\n[u]\nc = 2", [("a", "x"), ("a", "t"), ("a", "b"), ("u", ""),
                                                   ("u/c", "2")]),
        ("a\n= 1\n]}\nb = 2", [("", "1"), ("b", "2")]),
        ("=" * 9 + "\n" + ".".join("abcdefghijkl") + "=1", [("a/b/c/d/e/f/g/h", "1")]),
        ("a=" + "[" * 21 + "1]\nb=1", []),
    ],
)  # fmt: skip
def test_values_have_paths(text: str, values: list[tuple[str, str]]) -> None:
    assert [("/".join(path), value) for path, value in toml_values(text)] == values


@given(st.text("[]{}=.,\"'#\\\n ab1"))
def test_no_text_is_too_odd(text: str) -> None:
    for path, value in toml_values(text):
        assert len(path) <= 8
        assert len(value) <= len(text)
