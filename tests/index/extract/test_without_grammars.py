"""Without the parser's package texts are read by patterns, and that is said once."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import pytest

from arriero.index.extract import can_parse, extract
from arriero.index.indexer import faults


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    can_parse.cache_clear()
    for name in [name for name in sys.modules if name.startswith("arriero.index.extract.")]:
        if name.endswith((".grammars", ".parse", ".symbols")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    yield
    can_parse.cache_clear()


@pytest.mark.usefixtures("without")
def test_patterns_serve(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            found = extract("class Llama\n  def spit\n  end\nend\n", "ruby")
            assert [each.name for each in found.definitions] == ["Llama", "spit"]
    assert len(caplog.records) == 1


def test_the_person_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults.without_grammars() == ""
    monkeypatch.setattr(faults, "find_spec", lambda name: None)
    assert "install Arriero again" in faults.without_grammars()
