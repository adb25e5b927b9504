from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.index.words import asked, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("getUserName", "getusername get user name"),
        ("get_user_name", "getusername get user name"),
        ("GET_USER_NAME", "getusername get user name"),
        ("HTTPServer2", "httpserver2 http server"),
        ("parseXML", "parsexml parse xml"),
        ("user", "user"),
        ("x = y", ""),
        ("utf8", "utf8 utf"),
        ("__init__", "init"),
        ("a.b(c_d)", "cd"),
        ("größeÄndern", "grösseändern grösse ändern"),
        ("straße", "strasse"),
        ("日本語", "日本 本語"),
        ("AAぁ", "aa aぁ"),
        ("日\ufb03", "日f ff fi ffi"),
        ("x" * 65, ""),
        ("", ""),
    ],
)
def test_words(text: str, found: str) -> None:
    assert words(text).split() == found.split()


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("How does the getUserName function work?", "getusername get user name function work"),
        ("what is this", "what is this"),
        ("user User USER", "user"),
        ("", ""),
    ],
)
def test_asked(query: str, terms: str) -> None:
    assert list(asked(query)) == terms.split()


@given(st.text())
def test_words_are_plain_for_every_text(text: str) -> None:
    found = words(text)
    assert words(text) == found
    assert '"' not in found
    assert all(word == word.casefold() or not word.isascii() for word in found.split())
