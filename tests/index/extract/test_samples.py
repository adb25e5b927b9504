"""For each language a small text, what it defines and what it uses.

A sample is the text, a line of `=`, the definitions (`line-end_line kind name <- container`), a
line of `-`, and the references (`name:line`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from arriero.index.extract import extract, outline, parse
from arriero.index.extract.grammars import PARSED, grammar
from index.extract.checks import used

SAMPLES = {path.stem: path for path in Path(__file__).with_name("samples").glob("*.txt")}


def parts(language: str) -> tuple[str, list[str], list[str]]:
    text, _, expected = SAMPLES[language].read_text(encoding="utf-8").partition("=====\n")
    defined, _, used = expected.partition("-----\n")
    return text, defined.splitlines(), used.split()


def written(language: str, text: str) -> list[str]:
    return [
        f"{each.line}-{each.end_line} {each.kind} {each.name}"
        + (f" <- {each.container}" if each.container else "")
        for each in outline(text, language)
    ]


def test_every_language_has_a_sample_and_a_grammar() -> None:
    assert set(SAMPLES) == PARSED
    assert len(PARSED) == 24
    assert all(grammar(language) is not None for language in PARSED)


@pytest.mark.parametrize("language", sorted(SAMPLES))
def test_what_is_defined(language: str) -> None:
    text, defined, _ = parts(language)
    assert written(language, text) == defined


@pytest.mark.parametrize("language", sorted(SAMPLES))
def test_what_is_used(language: str) -> None:
    text, _, expected = parts(language)
    assert used(extract(text, language)) == expected


@pytest.mark.parametrize("language", sorted(SAMPLES))
@pytest.mark.parametrize("line_break", ["\r\n", "\r"])
def test_line_breaks_change_nothing(language: str, line_break: str) -> None:
    text, defined, _ = parts(language)
    assert written(language, text.replace("\n", line_break)) == defined


@pytest.mark.parametrize("language", sorted(SAMPLES))
def test_it_does_not_matter_how_a_text_is_handed_to_the_parser(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, _, _ = parts(language)
    at_once = extract(text, language)
    monkeypatch.setattr(parse, "_PIECE", 7)
    monkeypatch.setattr(parse, "_PIECE_OF_CONDITIONS", 7)
    assert extract(text, language) == at_once


def test_equal_texts_give_equal_results() -> None:
    text, _, _ = parts("rust")
    assert extract(text, "rust") == extract(text, "rust")


def test_unknown_languages_have_chunks_and_identifiers() -> None:
    text = "".join(f"word{number} here\n" for number in range(150))
    found = extract(text, "")
    assert found.definitions == ()
    assert [(each.line, each.end_line) for each in found.chunks] == [(1, 60), (61, 120), (121, 150)]
    assert {name for name, line in found.references if line == 7} == {"word6", "here"}


def test_characters_beyond_ascii() -> None:
    text = "# größe 😀\nclass Größe:\n    def 名前(self):\n        return prüfe(self)\n"
    assert written("python", text) == ["2-4 class Größe", "3-4 method 名前 <- Größe"]
    assert [name for name, _ in extract(text, "python").references] == ["prüfe"]


@pytest.mark.parametrize("language", sorted(SAMPLES))
@pytest.mark.parametrize("text", ["", "\n", "\0", "\ufeff", "\ud800", " ", "é", "(" * 9_000])
def test_texts_of_nearly_nothing(language: str, text: str) -> None:
    found = extract(text, language)
    assert [(each.line, each.end_line) for each in found.chunks] == ([(1, 1)] if text else [])
