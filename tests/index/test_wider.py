"""Whatever Python's expression matches, ripgrep's wider one does, and the needles are there."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.index.needles import needles
from arriero.index.wider import wider
from index.test_literals import LETTERS, PATTERNS, TEXTS
from scale import is_full

FULL = is_full()


@pytest.mark.parametrize(
    ("pattern", "ignore_case", "found"),
    [
        ("alpaca", False, ("alpaca",)),
        ("a.*llama", False, ("llama",)),
        ("alpaca|guanaco", False, ("alpaca", "guanaco")),
        (r"\bTODO\b|XXX", False, ("TODO", "XXX")),
        ("(?:alpaca)+ (?:llama)?", False, ("alpaca",)),
        ("alpaca|.", False, ()),
        ("(?i)alpaca", False, ()),
        ("(?i:alpaca)b", False, ("b",)),
        ("Alpaca", True, ("alpaca",)),
        ("Configure", True, ("conf",)),
        ("|".join(f"name{n}" for n in "abcdefghijk"), False, ("name",)),
        ("|".join(f"{n}name" for n in "abcdefghijk"), False, ()),
        ("a\\nb", False, ("a",)),
        ("(", False, ()),
    ],
)
def test_needles(pattern: str, ignore_case: bool, found: tuple[str, ...]) -> None:
    assert needles(pattern, ignore_case=ignore_case) == found


@pytest.mark.parametrize(
    ("pattern", "made"),
    [
        ("ab", "(?-u)ab"),
        ("a|b.", r"(?-u)(?:a|b(?:[^\n\x80-\xFF]|[\x80-\xFF]{1,4}))"),
        (r"^a\b$", r"(?-u)(?:^|\r)a(?:$|\r)"),
        ("[a-b]{2,3}", r"(?-u)(?:[\x61\x62]){2,3}"),
        ("é", r"(?-u)(?:[\x80-\xFF]{1,4})"),
        ("(a)(?(1)b|c)", ""),
        ("(", ""),
        ("", ""),
    ],
)
def test_wider(pattern: str, made: str) -> None:
    assert wider(pattern, ignore_case=False) == made


@given(pattern=PATTERNS, text=TEXTS, ignore_case=st.booleans())
@settings(max_examples=300 if FULL else 100, deadline=None)
def test_a_line_that_matches_has_a_needle(pattern: str, text: str, ignore_case: bool) -> None:
    wanted = needles(pattern, ignore_case=ignore_case)
    if wanted and re.search(pattern, text, re.IGNORECASE if ignore_case else 0):
        assert any(one in (text.lower() if ignore_case else text) for one in wanted)


MORE = st.one_of(
    PATTERNS,
    st.sampled_from(
        [r"[^a]", r"[^k]b", r"\W\S", r"(a)\1", r"[à-ü]x", r"\d|\s", "a{2,}", "(?i:K)s", "[^\\w ]"]
    ),
)


@pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed")
@given(
    pattern=MORE,
    texts=st.lists(TEXTS | st.text(LETTERS + "é\r", max_size=9), min_size=1, max_size=6),
    ignore_case=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_ripgrep_finds_whatever_matches(pattern: str, texts: list[str], ignore_case: bool) -> None:
    made = wider(pattern, ignore_case=ignore_case)
    if not made:
        return
    search = re.compile(pattern, re.IGNORECASE if ignore_case else 0).search
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            Path(folder, f"{number}").write_bytes(text.encode())
            Path(folder, f"{number}.old").write_bytes(text.encode("latin-1", "replace"))
        answer = subprocess.run(
            ["rg", "--no-config", "--files-with-matches", f"--regexp={made}", folder],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert answer.returncode < 2, answer.stderr
        found = {Path(line).name for line in answer.stdout.splitlines()}
        for number, text in enumerate(texts):
            for name, seen in ((f"{number}", text), (f"{number}.old", _old(text))):
                if seen and any(map(search, re.split("\r\n|\r|\n", seen))):
                    assert name in found, (made, seen)


def _old(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
