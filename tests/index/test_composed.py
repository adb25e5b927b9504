"""A letter with an accent is one letter, whether a file has it as one character or as two."""

from __future__ import annotations

import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from arriero.index.extract import extract, outline
from arriero.index.grep import Pattern, candidates, grep
from arriero.index.naming import named, read_typed
from arriero.index.search import search
from arriero.index.symbols import definitions, read_name, uses
from arriero.index.words import asked, words
from arriero.workspace.confine import Confinement
from tools.indexed import Indexed

ONE = "caf\u00e9_zebra"
TWO = unicodedata.normalize("NFD", ONE)
TEXTS = {
    "python": "def {0}(wool):\n    return {0}.shear(wool)\n",
    "javascript": "function {0}(wool) {{\n  return {0}(wool);\n}}\n",
    "c": "int {0}(int wool)\n{{\n    return {0}(wool);\n}}\n",
    "rust": "fn {0}(wool: i32) -> i32 {{\n    {0}(wool)\n}}\n",
    "markdown": "# About {0}\n\nwool\n",
}


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Indexed]:
    """One file with each form of a name."""
    made = Indexed(tmp_path)
    made.disk.write("one.py", TEXTS["python"].format(ONE))
    made.disk.write("two.py", TEXTS["python"].format(TWO))
    made.disk.write("none.py", "def other(wool):\n    return wool\n")
    made.build()
    yield made
    made.index.close()


@pytest.mark.parametrize("language", TEXTS)
def test_the_same_is_found_in_either_form(language: str) -> None:
    first, second = (TEXTS[language].format(name) for name in (ONE, TWO))
    assert first != second
    assert extract(second, language) == extract(first, language)
    assert outline(second, language) == outline(first, language)
    assert any(ONE in one.name for one in extract(second, language).definitions)


def test_words_are_whole_in_either_form() -> None:
    assert "caf\u00e9" in words(TWO).split()
    assert "caf\u00e9zebra" in words(TWO).split()
    assert asked(TWO) == asked(ONE) == ("caf\u00e9zebra", "caf\u00e9", "zebra")
    assert set(words("cafe\u0301").split()) >= {"cafe", "caf\u00e9"}  # bytes have both


def test_a_long_run_has_its_words_in_either_form() -> None:
    run = "\u00e9t\u00e9 \u2014".join(["caf\u00e9"] * 40).replace(" ", "\u00b7")
    assert set(words(run).split()) <= set(words(unicodedata.normalize("NFD", run)).split())


@pytest.mark.parametrize("typed", [ONE, TWO])
@pytest.mark.parametrize("kind", ["auto", "symbol"])
def test_a_search_finds_both(both: Indexed, kind: str, typed: str) -> None:
    found = search(both.index, typed, kind)  # type: ignore[arg-type]
    assert {Path(hit.path).name for hit in found.hits} == {"one.py", "two.py"}


@pytest.mark.parametrize("typed", [ONE, TWO])
def test_definitions_and_uses_of_both(both: Indexed, typed: str) -> None:
    with both.index.reader.read() as snapshot:
        known = definitions(snapshot, read_name(typed))
        assert [Path(one.path).name for one in known] == ["one.py", "two.py"]
        pattern = uses([one.name for one in known])
        paths = candidates(snapshot, pattern)
    found = grep(Confinement([both.index.root]), paths, pattern)
    lines = {Path(file.path).name: [number for number, _ in file.lines] for file in found.files}
    assert lines == {"one.py": [1, 2], "two.py": [1, 2]}


@pytest.mark.parametrize("typed", [ONE, TWO, "caf\u00e9", "cafe\u0301"])
def test_typed_names_have_their_place_in_both(both: Indexed, typed: str) -> None:
    asked_for = read_typed(typed)
    assert asked_for is not None
    placed = [one for _, one in named(both.index, asked_for, 10)]
    shown = {Path(one.definition.path).name: one.text[one.start : one.end] for one in placed}
    assert shown == {"one.py": ONE, "two.py": TWO}


def test_a_file_is_named_in_either_form(tmp_path: Path) -> None:
    made = Indexed(tmp_path)
    for form in (ONE, TWO):
        made.disk.write(f"{form}.txt", "wool\n")
    made.build()
    for form in (ONE, TWO):
        found = search(made.index, f"what is in {form}.txt", limit=5)
        assert {Path(hit.path).stem for hit in found.hits[:2]} == {ONE, TWO}
        assert all("named in the question" in hit.why for hit in found.hits[:2])
    made.index.close()


@pytest.mark.parametrize(
    "text", ["cafe", "caf\u00e9", "cafe\u0301", "fe\u0301_z", "\u00e9_zebra", "e\u0301", r"\bcafe"]
)
def test_lines_are_found_as_they_are_written(both: Indexed, text: str) -> None:
    """Bytes that differ are different text, as for any tool that looks for lines."""
    pattern = Pattern(text, literal="\\" not in text)
    with both.index.reader.read() as snapshot:
        paths = candidates(snapshot, pattern)
    found = grep(Confinement([both.index.root]), paths, pattern, ripgrep=None)
    wanted = [
        path for path in (both.disk.root + "/one.py", both.disk.root + "/two.py")
        if _has(path, text)
    ]  # fmt: skip
    assert [file.path for file in found.files] == wanted


def _has(path: str, text: str) -> bool:
    bare = text.replace(r"\b", "")
    grepped = subprocess.run(["grep", "-F", "-q", "-e", bare, path], check=False)
    return grepped.returncode == 0
