"""Whatever a model writes, the preview of its answer fetches nothing; and what it shows is kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from arriero.lsp.harmless import harmless

IMAGE = "![x](https://evil.example/?q=1)"
_PREVIEW = MarkdownIt("commonmark", {"html": True}).enable("table")
_TAG = re.compile(r"<([a-z]+)[^<>]*\s(?:src|href|style|data)=[^<>]*>", re.IGNORECASE)


def fetched(markdown: str) -> list[str]:
    """Return what a preview of the text would load."""
    found = _TAG.finditer(_PREVIEW.render(markdown))
    return [tag[0] for tag in found if tag[1] != "a"]


@pytest.mark.parametrize(
    "text",
    [
        f"Look: {IMAGE}",
        "![x][r]\n\n[r]: https://evil.example/a.png",
        '<img src="https://evil.example/a.png">',
        "<img\nsrc=https://evil.example/a.png>",
        "<p>a</p><svg><image href='https://evil.example'/></svg>",
        f" ```\ncode\n```\n{IMAGE}",
        f"- a\n  ```\n{IMAGE}",
        f"~~~\r~~~\r{IMAGE}",
        f"<div x=1>\n```\n</div>\n\n```\n{IMAGE}\n```\n",
        f"`a {IMAGE}",
    ],
)
def test_nothing_is_loaded(text: str) -> None:
    assert fetched(text) or "```" in text, "the text is one that loads something"
    assert fetched(harmless(text)) == []


@pytest.mark.parametrize("begins", ["$$\n```\n$$\n", "---\n```\n---\n"])
def test_where_other_readers_see_no_code_nothing_is_code(begins: str) -> None:
    assert IMAGE not in harmless(f"{begins}{IMAGE}\n```\n")


@given(
    st.lists(
        st.sampled_from(
            [IMAGE, "```", "~~~", "\n", "\n\n", "- ", "> ", "  ", "    ", "`", "<div x=1>", "\r"]
        ),
        max_size=14,
    ).map("".join)
)
def test_whatever_the_pieces_are(text: str) -> None:
    assert fetched(harmless(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "let a = vec![1, 2];",
        '```html\n<img src="a.png">\n![x](y)\n```\n',
        "A [link](https://example.com) and `<div>` and a < b = c > d.",
    ],
)
def test_what_loads_nothing_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_text_that_is_too_long_to_be_read_loads_nothing_either() -> None:
    long = "x" * 300_000 + IMAGE
    assert IMAGE not in harmless(long)
