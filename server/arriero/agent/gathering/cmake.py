"""What a CMakeLists.txt tells; pure."""

from __future__ import annotations

import re

from arriero.agent.gathering.facts import Facts, some

_PROJECT = re.compile(r"^[ \t]*project[ \t]*\(", re.MULTILINE | re.IGNORECASE)
_MOST_CHARACTERS = 2_000  # of what stands in its brackets
_WORD = re.compile(r"#[^\n]*|\"[^\"]*\"?|\)|[^\s\")#]+")
_OPTIONS = ("VERSION", "DESCRIPTION", "HOMEPAGE_URL", "COMPAT_VERSION", "LANGUAGES")
_LANGUAGES = {"C": "C", "CXX": "C++", "CUDA": "CUDA", "Fortran": "Fortran", "OBJC": "Objective-C",
              "OBJCXX": "Objective-C++", "Swift": "Swift", "CSharp": "C#"}  # fmt: skip
_TESTS = re.compile(r"(?i)enable_testing|include[ \t]*\([ \t]*CTest")
_QT = re.compile(r"(?i)find_package[ \t]*\([ \t]*Qt\d")


def cmake(text: str, _: frozenset[str]) -> Facts:
    """Read the languages of the project, and whether it has tests."""
    return Facts(
        _languages(text),
        ("CMake", *some("Qt" if _QT.search(text) else "")),
        some("ctest --test-dir build" if _TESTS.search(text) else ""),
        (),
        ("cmake --build build",),
    )


def _languages(text: str) -> tuple[str, ...]:
    """Return the languages that are known; where none is named, it is C++ more often than C."""
    begin = _PROJECT.search(text)
    words = _words(text[begin.end() : begin.end() + _MOST_CHARACTERS]) if begin else []
    named = words[1:]  # without the name of the project
    if "LANGUAGES" in named:
        named = named[named.index("LANGUAGES") + 1 :]
    stop = next((at for at, word in enumerate(named) if word in _OPTIONS), len(named))
    named = named[:stop]
    return tuple(_LANGUAGES[word] for word in named if word in _LANGUAGES) if named else ("C++",)


def _words(text: str) -> list[str]:
    words: list[str] = []
    for match in _WORD.finditer(text):
        word = match.group()
        if word == ")":
            break
        if not word.startswith("#"):
            words.append(word)
    return words
