"""Markdown in blocks while it is written."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from arriero.cli.chat.markdown import MarkdownStream, rendered

LINES = st.sampled_from(
    [
        "",
        "words",
        "```",
        "```python",
        "~~~",
        "````",
        "- one",
        "# Head",
        "    code",
        "`a` ```",
        "|a|",
    ]
)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("one\ntwo\n\nthree", ["one\ntwo\n\n"]),
        ("```py\na\n\nb\n```\nafter", ["```py\na\n\nb\n```\n"]),
        ("~~~\n```\n\n~~~\n", ["~~~\n```\n\n~~~\n"]),
        ("````\n```\n\n````\nx", ["````\n```\n\n````\n"]),
        ("```not`a fence\n\n", ["```not`a fence\n\n"]),
        ("```\nopen\n\nstill", []),
    ],
)
def test_blocks(text: str, blocks: list[str]) -> None:
    stream = MarkdownStream()
    assert stream.feed(text) == blocks
    assert stream.tail == stream.close() == text[len("".join(blocks)) :]
    assert stream.tail == ""


@given(st.lists(LINES), st.data())
def test_cuts_make_no_difference(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    whole = MarkdownStream()
    expected = whole.feed(text)
    cut, found, at = MarkdownStream(), [], 0
    while at < len(text):
        size = data.draw(st.integers(1, 7))
        found += cut.feed(text[at : at + size])
        at += size
    assert found == expected
    assert "".join(found) + cut.close() == text


@given(st.text(max_size=200))
def test_anything_can_be_drawn(text: str) -> None:
    Console(file=io.StringIO(), width=40).print(rendered(text))


def test_headings_stand_at_the_left() -> None:
    out = io.StringIO()
    Console(file=out, width=40).print(rendered("# Title\n\nWords with [a link](http://x.y)."))
    assert out.getvalue().splitlines()[0].rstrip() == "Title"
    assert "http://x.y" in out.getvalue()
