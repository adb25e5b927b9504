"""What the words of a text tell for certain, so that a search can rule files out.

Every run of letters, digits and underscores is in the index as one word: folded and without its
underscores. A part of a run is a part of such a word; and a run whose beginning or end is known
begins or ends one. Scripts without spaces have pairs of characters for words, and what stands
between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from arriero.index.words import WITHOUT_SPACES

BOUNDARY = ""
"""Among the characters of a literal: here a run begins or ends."""
_WORD = re.compile(r"\w")
_LEAST = 2  # characters; shorter words are not kept, and every text has all of them


class Part(NamedTuple):
    """Part of a word; `starts` and `ends` tell whether the word begins and ends with it."""

    text: str
    starts: bool = False
    ends: bool = False


def parts(literal: Sequence[str], is_sure: Callable[[str], bool]) -> Iterator[Part]:
    """Yield what words every text with this literal has; some may come more than once.

    The literal is given by its characters and boundaries. Nothing is said of characters that are
    not sure: another one may stand for them. What is before and behind the literal is not known.
    """
    run: list[str] = []
    starts = False
    for character in literal:
        sure = character == BOUNDARY or is_sure(character)
        if sure and _WORD.match(character):
            run.append(character)
            continue
        yield from _of_run("".join(run), starts=starts, ends=sure)
        run.clear()
        starts = sure
    yield from _of_run("".join(run), starts=starts, ends=False)


def _of_run(run: str, *, starts: bool, ends: bool) -> Iterator[Part]:
    """Yield the parts of a run that is cut where one script meets another."""
    cuts = [match.span() for match in WITHOUT_SPACES.finditer(run)]
    for (_, end), (start, last) in pairwise(cuts):
        if end == start:
            yield Part(run[start - 1 : last].casefold(), starts=True, ends=True)
    begin = 0
    for start, end in [*cuts, (len(run), len(run))]:
        text = run[begin:start].replace("_", "").casefold()
        if len(text) >= _LEAST:
            yield Part(text, starts and begin == 0, ends and start == len(run))
        begin = end
