"""Lines that match a pattern, found among the files that may have them.

Patterns are Python's regular expressions and match within a line. The order is ripgrep's with
`--sort path`: folder by folder. What is text and how it is decoded is `workspace.encoding`'s word.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from arriero.index.lexicon import MOST_WORDS, in_groups, query_of
from arriero.index.linesearch import LineSearch, Pattern
from arriero.index.literals import Need, needed
from arriero.index.marked import Found
from arriero.index.overlay import LaidText
from arriero.index.paths import ordered, relative
from arriero.index.reader import Snapshot
from arriero.index.ruling import Ruling
from arriero.index.schema import CHUNKS_OF_A_FILE
from arriero.index.terms import Part
from arriero.index.texts import Texts
from arriero.workspace.confine import Confinement
from arriero.workspace.globs import Glob
from arriero.workspace.matcher import OutOfTime
from arriero.workspace.ripgrep import find_ripgrep

# To look a word up takes as long as to read four or five files. SQLite takes 500 groups of words in
# one statement; where several parts are looked for at once, there are no groups.
_FILES_OF_A_WORD, _MOST_WORDS, _MOST_OF_SEVERAL = 16, 10_000, 2_000
_COMMON = 0.3  # chunks that have a word for each file: its first lines are found soon
_NEVER_OUT = "SELECT path FROM files WHERE sure = 0 OR vague = 1"
# In one value: 80,000 rows of their own take three times as long.
_ALL_NAMES = "SELECT CAST(group_concat(path, x'00') AS BLOB) FROM files WHERE"
_EVERY_TEXT = f"{_ALL_NAMES} kind != 'binary' OR sure = 0"

__all__ = ["GrepFile", "GrepResult", "Pattern", "candidates", "grep"]


@dataclass(slots=True)  # not frozen, which triples what it takes to make one
class GrepFile:
    """A file and its first matching lines, each with its number from 1; `count` match in all."""

    path: str
    lines: Found
    count: int


@dataclass(frozen=True)
class GrepResult:
    """`complete` is False where the limit or the time ended the search; `read` files were read.

    `stopped_at` is the first file of which nothing is known as the time was over, else "".
    """

    files: tuple[GrepFile, ...]
    read: int
    complete: bool = True
    stopped_at: str = ""


def candidates(
    snapshot: Snapshot,
    pattern: Pattern,
    also: Iterable[str] = (),
    glob: str | None = None,
    *,
    every: bool = False,
) -> list[str]:
    """Return the files that may have a match, in the order of the results.

    `also` are files of which the index may not know what they have now. Every other file that is
    left out has no match. If `every` match will be looked for, not the first ones, it is worth more
    to leave files out.
    """
    need = needed(pattern.text, literal=pattern.literal, ignore_case=pattern.ignore_case)
    db, generation = snapshot.db, snapshot.generation
    query = query_of(db, generation, need, _worth_looking_up(snapshot, need, every=every))
    if query:
        text, rest = f"text_{generation}", f"rest_{generation}"
        groups = in_groups(query)
        having = [f"SELECT rowid FROM {rest} WHERE {rest} MATCH ?1"]  # noqa: S608
        having += [
            f"SELECT rowid / {CHUNKS_OF_A_FILE} FROM {text} WHERE {text} MATCH ?{number}"  # noqa: S608
            for number in range(2, len(groups) + 2)
        ]
        asking = f"{_ALL_NAMES} id IN ({' UNION ALL '.join(having)})"
        names = db.execute(asking, (query, *groups)).fetchone()[0] or b""
        more = [name for (name,) in db.execute(_NEVER_OUT)]
    else:
        names, more = db.execute(_EVERY_TEXT).fetchone()[0] or b"", []
    more += [name for name in (relative(snapshot.root, path) for path in also) if name]
    if more:
        names = b"\0".join({*more, *filter(None, names.split(b"\0"))})
    if glob:
        wanted = Glob(glob)
        names = b"\0".join([one for one in names.split(b"\0") if wanted.matches(_shown(one))])
    return snapshot.paths(ordered(names))


def grep(
    confinement: Confinement,
    paths: Sequence[str],
    pattern: Pattern,
    *,
    laid: Mapping[str, LaidText] | None = None,
    most: int = 2_000,
    most_of_a_file: int | None = None,
    seconds: float = 10.0,
    ripgrep: str | None = "",
) -> GrepResult:
    """Search files for matching lines, about `most` in all and in at most `seconds`.

    Of a file so many are told as `most_of_a_file` says, by default as many as of all. `laid` are
    buffers, which stand for their files. `ripgrep` is the program that may rule files out: by
    default the one on PATH, None for none. Raises `workspace.matcher.BadPattern`.
    """
    deadline = time.monotonic() + seconds
    laid, of_a_file = laid or {}, most if most_of_a_file is None else most_of_a_file
    program = find_ripgrep() if ripgrep == "" else ripgrep
    found: list[GrepFile] = []
    with LineSearch(pattern, deadline) as search, Texts(confinement, laid) as texts:
        ruling = Ruling(pattern, program, laid, most, deadline)
        try:
            for path, text, at in texts.each(ruling.left(paths), search.having):
                matching = search.lines(path, text, at)
                for file, lines in matching:
                    count = len(lines)
                    ruling.matched += 1
                    ruling.lines += count
                    found.append(GrepFile(file, lines.first(of_a_file), count))
                    if ruling.lines >= most:
                        last = path == paths[-1] and file == matching[-1][0]
                        return GrepResult(tuple(found), texts.read, complete=last)
            for file, lines in search.rest():
                found.append(GrepFile(file, lines.first(of_a_file), len(lines)))
        except OutOfTime:
            return GrepResult(tuple(found), texts.read, complete=False, stopped_at=search.at)
    return GrepResult(tuple(found), texts.read)


def _worth_looking_up(snapshot: Snapshot, need: Need | None, *, every: bool) -> int:
    """Return how many words cost no more than a part of the files that they may leave out."""
    files = snapshot.file_count()
    most = _MOST_OF_SEVERAL if every else MOST_WORDS
    if isinstance(need, Part):
        word = need.text
        is_common = not every and snapshot.counts([word]).get(word, 0) > _COMMON * files
        most = MOST_WORDS if is_common else _MOST_WORDS
    return max(MOST_WORDS, min(files // _FILES_OF_A_WORD, most))


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
