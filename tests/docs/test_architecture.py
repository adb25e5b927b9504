"""The architecture page names tests; they must exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+)::(\w+)`", PAGE)))
PARTS = "agent|daemon|models|workspace|shadow|sessions|tools|lsp|rpc"
MAPPED = sorted(set(re.findall(rf"`((?:{PARTS})/[\w/]+\.py)`", PAGE)))


def test_invariants_are_named() -> None:
    assert len(NAMED) > 15


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    source = (ROOT / file).read_text()
    assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE)


@pytest.mark.parametrize("path", MAPPED)
def test_a_named_file_exists(path: str) -> None:
    assert (ROOT / "server/arriero" / path).is_file()
