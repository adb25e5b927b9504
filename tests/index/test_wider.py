"""Whatever Python's expression matches, ripgrep's wider one does, and the needles are there."""

from __future__ import annotations

import random
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
        ("ab", "ab"),
        ("a.", r"(?-u)a(?:[^\n\x80-\xFF]|[\x80-\xFF]{1,4})"),
        ("a|b.", r"(?-u)(?:a|b(?:[^\n\x80-\xFF]|[\x80-\xFF]{1,4}))"),
        (r"^a\b$", r"(?-u)(?:^|\r)a(?:$|\r)"),
        ("[a-b]{2,3}", r"(?-u)(?:[\x61\x62]){2,3}"),
        ("é$", r"(?-u)(?:\xC3\xA9|\xE9)(?:$|\r)"),
        ("é b", r"\xE9\x20b|(?-u:\xE9\x20b)"),
        ("—", r"\x{2014}"),
        ("$^", ""),
        (r"\Z x*^", ""),
        ("a$|^b", r"(?-u)(?:a(?:$|\r)|(?:^|\r)b)"),
        ("(?i:é)", r"(?-u)(?:(?:\xC3\xA9|\xE9|\xC3\x89|\xC9))"),
        ("(?i:\u017f)", r"(?-u)(?:(?:\xC5\xBF|\x53|\x73))"),
        ("(a)(?(1)b|c)", ""),
        ("(", ""),
        ("", ""),
    ],
)
def test_wider(pattern: str, made: str) -> None:
    assert wider(pattern, ignore_case=False) == made


def test_whatever_is_the_same_in_another_case_is_taken() -> None:
    every = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    cased = [one for one in every if one.lower() != one or one.upper() != one]
    some = random.Random(9).sample(cased, 2_000 if FULL else 20)
    for one in [*some, "ß", "\u0130", "\u1e9e"]:
        made = wider(f"{re.escape(one)}$", ignore_case=True).removesuffix(r"(?:$|\r)")
        taken = re.compile(made.removeprefix("(?-u)").encode())
        same = re.findall(re.escape(one), every, re.IGNORECASE)
        assert all(taken.fullmatch(each.encode()) for each in same), one


@given(pattern=PATTERNS, text=TEXTS, ignore_case=st.booleans())
@settings(max_examples=300 if FULL else 100, deadline=None)
def test_a_line_that_matches_has_a_needle(pattern: str, text: str, ignore_case: bool) -> None:
    wanted = needles(pattern, ignore_case=ignore_case)
    if wanted and re.search(pattern, text, re.IGNORECASE if ignore_case else 0):
        assert any(one in (text.lower() if ignore_case else text) for one in wanted)


ODD = (
    "[^a]", "[^k]b", r"\W\S", r"(a)\1", "[à-ü]x", r"\d|\s", "a{2,}", "(?i:K)s", r"[^\w ]", "é",
    "$^", r"\Z^", "aé", "éàs", "\u017f|\u0130|\u0131", "É", "(?i:k)", "(?i:\u017f)x?",
)  # fmt: skip
MORE = st.one_of(PATTERNS, st.sampled_from(ODD))


@pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed")
@given(
    pattern=MORE,
    texts=st.lists(
        TEXTS | st.text(LETTERS + "éÉsk\u017f\u212a\r", max_size=9), min_size=1, max_size=6
    ),
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
