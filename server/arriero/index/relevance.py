"""Whether a question is about this workspace at all, as far as its words tell."""

from __future__ import annotations

import math
from collections.abc import Mapping

from arriero.index import precedents
from arriero.index.keywords import Keywords, forms
from arriero.index.overlay import LaidText
from arriero.index.reader import Snapshot

_LEAST_WORDS = 0.25  # of those asked for
_LEAST_WEIGHT = 0.2  # the same, where rare words count more, and those that nobody has the most


def is_about(snapshot: Snapshot, asked: Keywords, laid: Mapping[str, LaidText]) -> bool:
    """Tell whether what a question has in common with files, buffers or history is no chance.

    It is by chance if few of its words are known and these are common ones. Names that look like
    code, and files, are always looked for.
    """
    if asked.certain or asked.files or not asked.words:
        return True
    rows = max(int(snapshot.meta["live"] + snapshot.meta["dead"]), 1)
    counts = snapshot.counts(form for word in asked.words for form in forms(word))
    having = {word: max(counts.get(form, 0) for form in forms(word)) for word in asked.words}
    known = [word for word, count in having.items() if count]
    if len(known) >= _LEAST_WORDS * len(having):
        return True
    weights = {word: math.log(1 + rows / max(count, 1)) for word, count in having.items()}
    if sum(weights[word] for word in known) >= _LEAST_WEIGHT * sum(weights.values()):
        return True
    unknown = [word for word, count in having.items() if not count]
    return bool(precedents.known(snapshot.db, unknown)) or any(
        _has(text, word) for text in laid.values() for word in unknown
    )


def _has(text: LaidText, word: str) -> bool:
    ways = forms(word)
    return any(
        form in text.path_words or any(form in chunk.counts for chunk in text.chunks)
        for form in ways
    )
