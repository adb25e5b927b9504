"""Broken, cut and hostile texts: never an error, never without bound, always in range."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arriero.index import extract as extraction
from arriero.index.extract import extract, grammars, outline, parse, plain
from arriero.index.languages import language_of
from index.extract.checks import check
from scale import is_full

FULL = is_full()
SAMPLES = {
    path.stem: path.read_text(encoding="utf-8").partition("=====\n")[0]
    for path in Path(__file__).with_name("samples").glob("*.txt")
}


@settings(
    max_examples=4_000 if FULL else 80,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.sampled_from(sorted(SAMPLES)),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
    st.text(max_size=12),
)
def test_texts_cut_and_joined_anywhere(
    language: str, other: str, cuts: tuple[float, float, float], junk: str
) -> None:
    text, more = SAMPLES[language], SAMPLES[other]
    first, second, third = cuts
    cut = text[: int(first * len(text))] + junk + text[int(second * len(text)) :]
    broken = cut + more[int(third * len(more)) :]
    check(extract(broken, language), broken)


@settings(max_examples=2_000 if FULL else 50, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.text(max_size=300))
def test_any_text(language: str, text: str) -> None:
    check(extract(text, language), text)


def found_on_this_machine() -> Iterator[str]:
    """Yield source files: packages of the interpreter, and of the extension if installed."""
    project = Path(__file__).parents[3]
    for root in (*sys.path, str(project / "editor-client" / "vscode" / "node_modules")):
        for folder, _, names in os.walk(root):
            yield from (os.path.join(folder, name) for name in sorted(names))


def test_real_files_whole_and_cut() -> None:
    left = dict.fromkeys(grammars.PARSED, 400_000 if FULL else 25_000)  # characters of a language
    for path in found_on_this_machine():
        language = language_of(path)
        if left.get(language, 0) <= 0 or os.path.getsize(path) > 60_000:
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        left[language] -= len(text)
        for end in (len(text), len(text) * 2 // 3, len(text) // 2 + 1):
            check(extract(text[:end], language), text[:end])
    assert left["python"] <= 0


HOSTILE = {
    "open brackets": "(" * 60_000,
    "templates": "a<b<c>(d)>(e)" * 6_000,
    "less": "a<" * 30_000,
    "quotes": "\"'`" * 20_000,
    "headings": "# a\n" * 15_000,
    "stars": "*a **b " * 8_000,
    "tags": "<a><b " * 10_000,
    "indents": "".join(" " * (row % 200) + "a:\n" for row in range(600)),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("language", ["cpp", "markdown", "html", "yaml", "python", "tsx", "sql"])
def test_hostile_texts(name: str, language: str) -> None:
    text = HOSTILE[name] if FULL else HOSTILE[name][:20_000]
    check(extract(text, language), text)


def test_a_short_text_in_which_a_grammar_goes_round_in_circles() -> None:
    """The scanner of Kotlin's semicolons finds one after the other at one place."""
    text = (
        'l=""{r()\nr\n\U0009ad8eler {\n    fun sell(item: Item): Order\n}\n\n'
        "data class Pair(val a: Int, val b: Int)\n\nenum class Color { RED, GREEN }\n\n"
        "open classn object Factory {\n        fun make(): Shop = Shop(Store())\n    }\n}\n\n"
        "object Registry {\n    fun add(shop: Shop) {}\n}\n\n"
        "typealias Prices = Map<String, Double>\n\nfun String.shout(): Stri"
    )
    known = grammars.grammar("kotlin")
    assert known is not None
    with pytest.raises(parse.TooMuchWork):
        parse.captures(text.encode(), known)
    check(extract(text, "kotlin"), text)
    assert "Color" in [each.name for each in outline(text, "kotlin")]


@pytest.fixture
def longer() -> str:
    return SAMPLES["ruby"] + "\n\n" + "x = (1 + 2) * 3\n" * 4_000


def test_what_takes_too_much_work_is_read_by_patterns(
    monkeypatch: pytest.MonkeyPatch, longer: str
) -> None:
    whole = outline(longer, "ruby")
    monkeypatch.setattr(parse, "_LEAST_PROGRESS", 0)
    monkeypatch.setattr(parse, "_BYTES_A_PROGRESS", 10_000)
    found = outline(longer, "ruby")
    assert found
    assert len(found) < len(whole)
    check(extract(longer, "ruby"), longer)


def test_what_takes_too_long_is_read_by_patterns(
    monkeypatch: pytest.MonkeyPatch, longer: str
) -> None:
    whole = outline(longer, "ruby")
    monkeypatch.setattr(parse, "_MOST_SECONDS", -1.0)
    monkeypatch.setattr(parse, "_LOOK_SECONDS", 0.0)
    assert 0 < len(outline(longer, "ruby")) < len(whole)


def test_what_is_too_long_is_read_by_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "MOST_BYTES", 100)
    assert outline(SAMPLES["go"], "go")[0].name == "Shop"


def test_a_long_text_names_what_it_uses_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "alpha beta\nalpha gamma\n"
    assert extract(text, "").references == (("alpha", 1), ("beta", 1), ("alpha", 2), ("gamma", 2))
    monkeypatch.setattr(plain, "_LONG", 10)
    assert extract(text, "").references == (("alpha", 1), ("beta", 1), ("gamma", 2))


def test_a_grammar_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_ruby", None)
    grammars.grammar.cache_clear()
    try:
        found = extraction.extract(SAMPLES["ruby"], "ruby")
        assert ("module", "Shop", "") in [
            (each.kind, each.name, each.container) for each in found.definitions
        ]
        assert "build" in {name for name, _ in found.references}
        assert "ruby is read without its grammar" in caplog.text
    finally:
        grammars.grammar.cache_clear()
