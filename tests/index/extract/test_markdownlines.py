"""Reading Markdown by its lines tells what parsing tells."""

from __future__ import annotations

import pytest

from arriero.index.extract import extract, markdownlines
from arriero.index.extract.plain import lines_of
from arriero.index.extract.types import Extracted
from index.extract.checks import used


def parsed(text: str, monkeypatch: pytest.MonkeyPatch) -> Extracted:
    with monkeypatch.context() as patch:
        patch.setattr(markdownlines, "read", lambda _: None)
        return extract(text, "markdown")


TRICKY = {
    "levels": "# a\n## b #\n\ntext\n### c\n# d\n####### no\n#no\n ## e\n",
    "underlined": "a\n=\n\nb\nc\n---\n\n---\n\n# d\n---\ne\n\n===\n",
    "rules": "a\n***\nb\n\n- - -\n# c\n_____\n",
    "fenced": "```\n# no\n```\n# a\n~~~ py\n# no\n```\n~~~\n## b\n````\n```\n# no\n````\n",
    "a fence without an end": "# a\n```\n# no\n",
    "code": "# a\n\n    # no\n\ntext\n    # no\n\n\t# no\n",
    "lists": "- a\n- b\n\n  text\n\n# c\n1. d\n   ```\n   # no\n   ```\n\n## e\n",
    "quotes": "> a\n> b\n\n# c\n> d\n",
    "HTML": (
        "<div>\n# no\n</div>\n\n# a\n<!-- b\n\n# no\n-->\n# c\n<a name='d'></a>\n# e\n"
        "<pre>\n\n# no\n</pre>\n# f\ntext\n<details>\n# no\n\n# g\n"
    ),
    "tables": "# a\n\nb | c\n--- | ---\nd | e\n",
    "labels": "# a\n\n[b]: http://c\n[d]: <e> 'f'\n\ntext\n[j]: k\n",
    "a title with signs": "# `a` [b](c) *d*\n",
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_what_is_found(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert markdownlines.read(lines_of(text)) is not None
    mine, theirs = extract(text, "markdown"), parsed(text, monkeypatch)
    assert mine.definitions == theirs.definitions
    assert used(mine) == used(theirs)


@pytest.mark.parametrize(
    "text",
    [
        "---\na: b\n---\n# c\n", "- # a\n", "> # a\n", "- ```\n  # a\n  ```\n",
        "- a\n\n      # b\n", "- a\n---\n", "[a]: b c\n",
        "- a\n  ---\n", "<!-- a\n", "- <!-- a\n", "- a\n  ```\nb\n", "[a]:\nb\n",
    ],
)  # fmt: skip
def test_what_is_left_to_the_parser(text: str) -> None:
    assert markdownlines.read(lines_of(text)) is None
