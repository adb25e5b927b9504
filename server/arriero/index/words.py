"""Words of code and prose: the same for what is indexed and for what is looked for.

`getUserName`, `get_user_name` and `GetUserName` become "getusername get user name".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from arriero.index.composed import composed

# Between runs of letters, digits and underscores; what is beyond ASCII is looked at run by run.
_APART = bytes(
    byte if byte > 127 or chr(byte).isalnum() or byte == 95 else 32 for byte in range(256)
)
_RUN = re.compile(r"\w+")
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")
_LONGEST = 64  # characters; longer runs are data
VAGUE = "\t"
"""Stands among words for something that is too long to be one."""
_MOST_KNOWN = 150_000
WITHOUT_SPACES = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""A character of a script that puts no spaces between words."""

_STOP_WORDS = (
    "a an and are as at be been being but by can could did do does doing for from had has have "
    "he her him his how if in into is it its may might must no nor not of off on or our out over "
    "shall she should so some such than that the their them then there these they this those to "
    "too under up very was we were what when where which while who why will with would you your "
    "please about also all any both each few more most other own same only again i me my "
    "self return def import"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""What tells nothing in a question or in code."""


class _Spelled(dict[bytes, str]):
    """A run of letters, digits and underscores in UTF-8 → its words, with a space after each.

    Runs may have other signs beyond ASCII in them. Where one is too long to be words, `VAGUE` is
    there instead.
    """

    def __missing__(self, run: bytes) -> str:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        if len(run) <= _LONGEST:
            text = run.decode("utf-8", "surrogatepass")
            spelled = self[run] = _of_ascii(text) if text.isascii() else _of_any(text)
            return spelled
        text = run.decode("utf-8", "surrogatepass")
        is_vague = any(len(part) > _LONGEST for part in _RUN.findall(text))
        return _of_any(text) + VAGUE * is_vague


_spelled = _Spelled()


def words(text: str) -> str:
    """Return the words of a text in lower case, with a space after each.

    Among them is `VAGUE`, which is white space, where a text has letters that its words have not.
    """
    return "".join(spellings(text))


def spellings(text: str) -> list[str]:
    """Return what `words` does in its parts, of which many are equal."""
    runs = text.encode("utf-8", "surrogatepass").translate(_APART).split()
    return list(map(_spelled.__getitem__, runs))


def asked(query: str, most: int = 32) -> tuple[str, ...]:
    """Return the distinct words of a question, without those that tell nothing if others do."""
    found = dict.fromkeys(words(composed(query)).split())
    telling = [word for word in found if word not in STOP_WORDS]
    return tuple(telling or found)[:most]


@functools.lru_cache(maxsize=10_000)
def path_words(path: str) -> str:
    """Return the words of a path's names."""
    return words(path)


def _of_ascii(run: str) -> str:
    """Return the words of a run, with a space after each: as a whole first, then its parts.

    This is done for each name that a folder has, so what most are is looked at first.
    """
    low = run.lower()
    joined = low.replace("_", "")
    if len(joined) < 2:
        return ""
    parts: Iterable[str]
    if low != run or not (joined.isalpha() or low.isdigit()):
        parts = _HUMPS.findall(run)
    elif len(joined) == len(low):  # one plain word
        return joined + " "
    else:
        parts = low.split("_")
    kept = {joined: None}
    for part in parts:
        if len(part) > 1:
            kept[part.lower()] = None
    return " ".join(kept) + " "


def _of_any(text: str) -> str:
    """Return the words of runs that have other signs between them, with a space after each.

    An accent that is a character of its own ends a run, which a search for lines relies on; so what
    is a word once it is part of its letter comes as well.
    """
    found = [word for part in _RUN.findall(text) for word in _split(part)]
    whole = composed(text)
    if whole is not text:
        known = set(found)
        parts = _RUN.findall(whole)
        found += [word for part in parts for word in _split(part) if word not in known]
    return "".join([word + " " for word in found])


def _split(run: str) -> Iterable[str]:
    if len(run) > _LONGEST:
        return ()
    if run.isascii():
        return _of_ascii(run).split()
    pieces = _LETTERS_OR_DIGITS.findall(run)
    parts = [part for piece in pieces for part in _beyond_ascii(piece)]
    kept = [part for part in parts if len(part) > 1 or not part.isascii()]
    if WITHOUT_SPACES.search(run):  # what stands between is to be found as well
        others = map(str.casefold, WITHOUT_SPACES.split(run.replace("_", "")))
        kept += [other for other in others if len(other) > 1]  # one letter may have become three
    whole = run.replace("_", "").casefold()
    if len(whole) > 1 and whole not in kept and not WITHOUT_SPACES.search(whole):
        kept.insert(0, whole)
    return dict.fromkeys(kept)


def _beyond_ascii(piece: str) -> list[str]:
    if WITHOUT_SPACES.search(piece):  # these scripts put no spaces between words: take pairs
        folded = piece.casefold()
        return [folded[at : at + 2] for at in range(max(len(folded) - 1, 1))]
    humps: list[str] = []
    for at, character in enumerate(piece):
        if at == 0 or (character.isupper() and piece[at - 1].islower()):
            humps.append("")
        humps[-1] += character
    return [hump.casefold() for hump in humps]
