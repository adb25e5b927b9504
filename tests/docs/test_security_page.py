"""SECURITY.md: every claim names tests, and they exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text()
HOLDS, _, DOES_NOT = PAGE.partition("\n## What does not hold\n")
CLAIMS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in HOLDS.splitlines()
    if line.startswith("| ") and not line.startswith("| claim")
]
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+)::(\w+)`", PAGE)))


def test_the_page_has_what_it_must() -> None:
    for heading in ("Reporting", "What holds", "What does not hold"):
        assert f"\n## {heading}\n" in PAGE
    assert len(CLAIMS) > 20
    assert DOES_NOT.count("\n- ") >= 10


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim[0][:50])
def test_each_claim_names_a_test(claim: list[str]) -> None:
    said, shown = claim
    assert said.endswith(".")
    assert re.fullmatch(r"`tests/[\w/.]+::\w+`(, `tests/[\w/.]+::\w+`)*", shown.rstrip("| "))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    source = (ROOT / file).read_text()
    assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE)
