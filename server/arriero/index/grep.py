"""Lines that match a pattern, found among the files that may have them.

Patterns are Python's regular expressions and match within a line. The order is ripgrep's with
`--sort path`: folder by folder. What is text and how it is decoded is `workspace.encoding`'s word.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from arriero.index.literals import trigram_query
from arriero.index.overlay import LaidText
from arriero.index.paths import absolute, in_order, relative
from arriero.index.reader import Snapshot
from arriero.workspace.confine import Confinement
from arriero.workspace.encoding import decode
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.excerpt import plain_lines
from arriero.workspace.globs import Glob
from arriero.workspace.matcher import Matcher, OutOfTime, PlainMatcher, open_matcher
from arriero.workspace.ripgrep import find_ripgrep, may_have
from arriero.workspace.usertexts import MOST_BYTES

_ENOUGH_FOR_RIPGREP = 500  # files


@dataclass(frozen=True)
class Pattern:
    """What is looked for: a regular expression, or with `literal` a text."""

    text: str
    literal: bool = False
    ignore_case: bool = False


@dataclass(frozen=True)
class GrepFile:
    """A file and its first matching lines, each with its number from 1; `count` match in all."""

    path: str
    lines: tuple[tuple[int, str], ...]
    count: int


@dataclass(frozen=True)
class GrepResult:
    """`complete` is False where the limit or the time ended the search; `read` files were read."""

    files: tuple[GrepFile, ...]
    read: int
    complete: bool = True


def candidates(
    snapshot: Snapshot, pattern: Pattern, also: Iterable[str] = (), glob: str | None = None
) -> list[str]:
    """Return the files that may have a match, in the order of the results.

    `also` are files of which the index may not know what they have now. Every other file that is
    left out has no match.
    """
    query = trigram_query(pattern.text, literal=pattern.literal, ignore_case=pattern.ignore_case)
    db = snapshot.db
    if query and snapshot.meta["want_trigrams"]:
        table = f"trigrams_{snapshot.generation}"
        having = f"SELECT rowid FROM {table} WHERE {table} MATCH ?"  # noqa: S608
        unsure = "SELECT path FROM files WHERE sure = 0"
        rows = db.execute(f"SELECT path FROM files WHERE id IN ({having}) UNION {unsure}", (query,))  # noqa: S608
    else:
        rows = db.execute("SELECT path FROM files WHERE kind != 'binary' OR sure = 0")
    names = {name for (name,) in rows}
    names.update(name for name in (relative(snapshot.root, path) for path in also) if name)
    wanted = Glob(glob) if glob else None
    if wanted is not None:
        names = {name for name in names if wanted.matches(_shown(name))}
    return [absolute(snapshot.root, name) for name in sorted(names, key=in_order)]


def grep(
    confinement: Confinement,
    paths: Sequence[str],
    pattern: Pattern,
    *,
    laid: Mapping[str, LaidText] | None = None,
    most: int = 2_000,
    most_of_a_file: int = 1_000,
    seconds: float = 10.0,
    ripgrep: str | None = "",
) -> GrepResult:
    """Search files for matching lines, `most` in all and in at most `seconds`.

    `laid` are buffers, which stand for their files. `ripgrep` is the program that may rule files
    out: by default the one on PATH, None for none. Raises `workspace.matcher.BadPattern`.
    """
    deadline = time.monotonic() + seconds
    laid = laid or {}
    matcher = _matcher(pattern, most_of_a_file, deadline)
    try:
        program = find_ripgrep() if ripgrep == "" else ripgrep
        kept = _ruled(paths, laid, matcher.needle, pattern, program, deadline)
        return _searched(confinement, kept, laid, matcher, pattern, most, deadline)
    finally:
        matcher.close()


def _searched(
    confinement: Confinement,
    paths: Sequence[str],
    laid: Mapping[str, LaidText],
    matcher: Matcher,
    pattern: Pattern,
    most: int,
    deadline: float,
) -> GrepResult:
    found: list[GrepFile] = []
    total = 0
    for at, path in enumerate(paths):
        text = laid[path].text if path in laid else _text(confinement, path)
        if text is None:
            continue
        if matcher.needle not in (text.lower() if pattern.ignore_case else text):
            continue
        try:
            hits = matcher.hits(text, deadline)
        except OutOfTime:
            return GrepResult(tuple(found), at, complete=False)
        if hits.count:
            lines = plain_lines(text) or [""]
            first = tuple((hit.line, lines[hit.line - 1]) for hit in hits.first)
            found.append(GrepFile(path, first, hits.count))
            total += hits.count
        if total >= most:
            return GrepResult(tuple(found), at + 1, complete=at + 1 == len(paths))
    return GrepResult(tuple(found), len(paths))


def _matcher(pattern: Pattern, most: int, deadline: float) -> Matcher:
    if pattern.literal and not pattern.ignore_case:
        return PlainMatcher(pattern.text, most)
    text = re.escape(pattern.text) if pattern.literal else pattern.text
    return open_matcher(text, ignore_case=pattern.ignore_case, most=most, deadline=deadline)


def _ruled(
    paths: Sequence[str],
    laid: Mapping[str, LaidText],
    needle: str,
    pattern: Pattern,
    program: str | None,
    deadline: float,
) -> Sequence[str]:
    """Let ripgrep rule out files where there are many."""
    if not program or not needle or not needle.isascii() or len(paths) < _ENOUGH_FOR_RIPGREP:
        return paths
    on_disk = [path for path in paths if path not in laid]
    may = may_have(
        program,
        on_disk,
        needle,
        ignore_case=pattern.ignore_case,
        most_bytes=MOST_BYTES,
        deadline=deadline,
    )
    return [path for path in paths if path in laid or path in may]


def _text(confinement: Confinement, path: str) -> str | None:
    try:
        data = confinement.read(path, MOST_BYTES)
    except WorkspaceError:  # gone meanwhile, too large, not to be read
        return None
    decoded = decode(data)
    return None if decoded is None else decoded[0]


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
