"""What a question asks for: words, names of things in code, and files."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from arriero.index.composed import composed, ways_to_write
from arriero.index.words import asked

_MOST_NAMES = 12
_NAME = re.compile(r"[^\W\d]\w*(?:(?:\.|::|->)[^\W\d]\w*)*")
_PARTS = re.compile(r"\.|::|->")
_LIKE_CODE = re.compile(r"_|[a-z0-9][A-Z]|[A-Z]{2}[a-z]|^[A-Z][a-z]+[A-Z]|\d")
_QUOTED = re.compile(r"[`'\"\u2018\u201c]([^`'\"\u2019\u201d\n]{2,80})[`'\"\u2019\u201d]")
# Begun where a name begins only: a long run of letters would take the square of its length.
_FILE = re.compile(
    r"(?<![\w.+@-])(?:[\w.+@-]+/)*[\w.+@-]*\w\.[A-Za-z][A-Za-z0-9]{0,7}(?![\w/])"
    r"|(?<![\w.+@-])(?:[\w.+@-]+/)+[\w.+@-]+"
)


@dataclass(frozen=True)
class Keywords:
    """The parts of a question.

    `words` as they are indexed, without those that tell nothing; `names` that may be defined
    somewhere, those that look like code first; `certain` is the part of them that does; `files`
    are paths or the ends of paths.
    """

    words: tuple[str, ...]
    names: tuple[str, ...]
    certain: frozenset[str]
    files: tuple[str, ...]

    def told(self, count: int) -> str:
        """Say how many of the words something has, as a reason for showing it."""
        return "the word" if len(self.words) == 1 else f"{count} of {len(self.words)} words"


def keywords(question: str) -> Keywords:
    """Take a question apart."""
    question = composed(question)
    quoted = [text.strip() for text in _QUOTED.findall(question)]
    names: dict[str, bool] = {}
    for text in quoted:
        if _NAME.fullmatch(text.removesuffix("()")):
            names.update(dict.fromkeys(_PARTS.split(text.removesuffix("()")), True))
    for found in _NAME.finditer(question):
        parts = _PARTS.split(found.group())
        called = question[found.end() : found.end() + 1] == "("
        for part in parts:
            sure = called or bool(_LIKE_CODE.search(part))
            names[part] = names.get(part, False) or sure
    ordered = sorted((name for name in names if len(name) > 1), key=lambda name: not names[name])
    files = [match.group().removeprefix("./") for match in _FILE.finditer(question)]
    return Keywords(
        asked(question),
        tuple(ordered[:_MOST_NAMES]),
        frozenset(name for name in ordered if names[name]),
        tuple(dict.fromkeys(form for name in files for form in ways_to_write(name)))[:_MOST_NAMES],
    )


@functools.lru_cache(maxsize=4_000)
def forms(word: str) -> tuple[str, ...]:
    """Return a word as it is and with other English endings: "rebased" and "rebase" are one."""
    if len(word) < 4 or not (word.isascii() and word.isalpha()):
        return (word,)
    found = {word: None}
    for base in _bases(word):
        vowel = base.endswith("e")
        endings = ("", "s", "d", "r") if vowel else ("", "s", "es", "ed", "er", "ing")
        found.update((base + ending, None) for ending in endings)
        if vowel:
            found[base[:-1] + "ing"] = None
    return tuple(found)


def _bases(word: str) -> list[str]:
    """Return what a word may be without its ending."""
    for ending, least in (("ing", 6), ("ed", 5), ("er", 5)):
        if word.endswith(ending) and len(word) >= least:
            stem = word[: -len(ending)]
            doubled = [stem[:-1]] if stem[-1] == stem[-2] else []
            return [stem, stem + "e", *doubled]
    if word.endswith("ies"):
        return [word[:-3] + "y"]
    if word.endswith("es"):
        return [word[:-2], word[:-1]]
    if word.endswith("s") and not word.endswith("ss"):
        return [word[:-1]]
    return [word]
