"""What goes to a worker and what comes back, and what is known of a file already.

Apart from what makes them, which imports much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from arriero.index.catalogue import UNKNOWN, Stamp


@dataclass(frozen=True)
class KnownFile:
    """What is indexed of a file."""

    id: int
    kind: str
    digest: bytes


class Job(NamedTuple):
    """A file to prepare. `digest` is that of the content which is indexed already.

    `plain` leaves out what knows the language, which failed before.
    """

    name: bytes
    size: int
    digest: bytes = b""
    plain: bool = False


class Prepared(NamedTuple):
    """The rows of one file. `kind` is as in `files`, "gone" where there is no file, "same" where
    its content is what `Job.digest` says.

    `rows` are words and symbols of each chunk, `chunks` first and last lines. `terms` are
    words of the text in any order: all of them where the rows have not, which then are `partial`,
    and else those that no file before it in its batch has. If it is `vague`, words do not tell all
    that the text has. `parsed` is as in `extract.types.Extracted`, `plain` as in `Job`.
    """

    name: bytes
    kind: str
    stamp: Stamp = UNKNOWN
    language: str = ""
    digest: bytes = b""
    path_words: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    chunks: bytes = b""
    definitions: tuple[tuple[str, str, int, int, str], ...] = ()
    references: bytes = b""
    terms: str = ""
    partial: bool = False
    vague: bool = False
    parsed: bool = False
    plain: bool = False
