"""TOML as far as facts need it."""

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
        ("a.b . 'c.d' = true\n", [("a", ""), ("a/b", ""), ("a/b/c.d", "True")]),
        ("[t]\na = 'x'\r\n[[u.v]]\nb=\"y\"", [
            ("t", ""), ("t/a", "x"), ("u", ""), ("u/v", ""), ("u/v/b", "y")]),
        ("a = [\n 'x', # 'z'\n [\"y\"],\n]\nb = 1", [("a", "x"), ("a", "y"), ("b", "1")]),
        ("a = {b = 1, c = ['x', {e = 2}]}", [
            ("a", ""), ("a/b", "1"), ("a/c", "x"), ("a/c", ""), ("a/c/e", "2")]),
        ("a = '''\nb = 1\n'''\nc = 2", [("a", "b = 1\n"), ("c", "2")]),
        ("a = [\n'x',\n[t]\nb = 1", []),
        ("a=" + "[" * 100_000, []),
        ("a=" + "1" * 100_000, []),
        (".".join("a" * 5_000) + "=1", []),
        (".".join("abcdefghij") + "=1", [("/".join("abcdefgh"[:n]), "") for n in range(1, 9)]),
    ],
)  # fmt: skip
def test_values_have_paths(text: str, values: list[tuple[str, str]]) -> None:
    assert [("/".join(path), value) for path, value in toml_values(text)] == values


@given(st.text("[]{}=.,\"'#\\\n ab1"))
def test_no_text_is_too_odd(text: str) -> None:
    assert all(path for path, _ in toml_values(text))
