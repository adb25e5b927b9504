"""Params and results of what is asked of the index; on the wire the names are camelCase.

docs/protocol.md describes the shapes for writers of clients.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from lsprotocol import types

# -- arriero/search


@attrs.frozen
class SearchParams:
    """What to look for; `kind` is auto, text, regex, symbol or semantic.

    `cursor` is that of the answer before. `wait` is how many seconds the answer may take until the
    index is ready; without it what is known now is told.
    """

    query: str
    kind: str = "auto"
    limit: int = 20
    cursor: str | None = None
    wait: float = 0.0


@attrs.frozen
class SearchHitMessage:
    """A place: whole lines, their text, and why they were found, the strongest reason first."""

    uri: str
    range: types.Range
    text: str
    why: Sequence[str]


@attrs.frozen
class SearchMessage:
    """The hits, the best first; `complete` is false where not all was searched: see `note`."""

    hits: Sequence[SearchHitMessage]
    complete: bool
    note: str
    cursor: str | None = None


# -- arriero/index


@attrs.frozen
class IndexParams:
    """`wait` is how many seconds the answer may take until the indexes are ready."""

    wait: float = 0.0


@attrs.frozen
class MeaningMessage:
    """The vectors of a folder: of `chunks`, `done` have one, or need none.

    `state` is waiting, embedding, paused, ready or failing (then it is tried again by itself);
    `message` a sentence for the person, or empty.
    """

    state: str
    model: str
    chunks: int
    done: int
    message: str


@attrs.frozen
class FolderIndexMessage:
    """The index of a folder: of `files`, `done` are in it.

    `state` is off, waiting, scanning, building, paused or ready; `message` a sentence for the
    person, or empty. `meaning` is null where no embedding model is named. `failing` where it cannot
    be kept up to date now, as `message` says; it is tried again by itself.
    """

    uri: str
    state: str
    files: int
    done: int
    message: str
    meaning: MeaningMessage | None = None
    failing: bool = False


@attrs.frozen
class IndexMessage:
    """The indexes of this connection's folders."""

    indexes: Sequence[FolderIndexMessage]


# -- arriero/map


@attrs.frozen
class MapParams:
    """A budget in tokens, and words that say what it is for; `wait` as in a search."""

    tokens: int = 1024
    words: str = ""
    wait: float = 0.0


@attrs.frozen
class MapMessage:
    """The outline, and about how many tokens it has; `complete` and `note` as in a search."""

    text: str
    tokens: int
    complete: bool
    note: str


# -- arriero/status


@attrs.frozen
class IndexSummary:
    """The indexes of all folders together; `state` is the one that is least ready."""

    state: str
    files: int
    done: int
