"""From a file to the rows of the index. Pure but for reading the file; runs in a worker."""

from __future__ import annotations

import hashlib
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from arriero.index.catalogue import Stamp, is_behind_link, look, settled
from arriero.index.composed import composed
from arriero.index.extract import extract_lines
from arriero.index.extract.plain import extract_plain, lines_as_written
from arriero.index.extract.types import Chunk, Extracted
from arriero.index.indexer.rows import Job, Prepared
from arriero.index.languages import NOT_EXTRACTED, language_of, most_bytes, nature_of
from arriero.index.paths import absolute
from arriero.index.schema import CHUNKS_OF_A_FILE, name_key, packed
from arriero.index.words import VAGUE, path_words, spellings, words
from arriero.workspace.confine import Confinement
from arriero.workspace.encoding import decode
from arriero.workspace.errors import FileMissing, NotRegular, TooLarge, WorkspaceError

_MOST_OF_A_CHUNK = 1 << 16  # characters
_MOST_DEFINITIONS = 20_000  # of one file
_MOST_NAMES = 20_000  # used in one file
_MOST_TIMES = 255  # that a name is counted in one file: a byte
_LONGEST_NAME = 200  # characters


@dataclass(frozen=True)
class Batchwise:
    """What is known of the files of a batch that were prepared before.

    `canonical` are the folders that no link leads to, `spellings` are what their words are in.
    """

    canonical: set[str] = field(default_factory=set)
    spellings: set[str] = field(default_factory=set)


def prepare(
    root: str, job: Job, confinement: Confinement, before: Batchwise | None = None
) -> Prepared:
    """Read a file and make its rows; never raises for what is in the file or for its absence.

    `before` is added to. What is known from it is not looked at and not told again.
    """
    before = before or Batchwise()
    path = absolute(root, job.name)
    read_at = time.time_ns()
    stamp = look(path)
    if stamp is None or _is_behind_link(path, before.canonical):
        return Prepared(job.name, "gone")
    most = most_bytes(path)
    if stamp.size > most:
        return Prepared(job.name, "large", settled(stamp, read_at))
    try:
        data = confinement.read(path, most)
    except (FileMissing, NotRegular):
        return Prepared(job.name, "gone")
    except TooLarge:
        return Prepared(job.name, "large")
    except WorkspaceError:  # not permitted, or a link on the way that leads out
        return Prepared(job.name, "unreadable", settled(stamp, read_at))
    stamp = settled(stamp, read_at)
    digest = hashlib.blake2b(data, digest_size=16).digest()
    if digest == job.digest:
        return Prepared(job.name, "same", stamp, digest=digest)
    decoded = decode(data)
    if decoded is None:
        return Prepared(job.name, "binary", stamp, digest=digest)
    return _prepared_text(job, path, decoded[0], stamp, digest, before.spellings)


def _is_behind_link(path: str, canonical: set[str]) -> bool:
    folder = path[: path.rfind("/")]
    if folder in canonical:
        return False
    if is_behind_link(path):
        return True
    canonical.add(folder)
    return False


def _prepared_text(
    job: Job, path: str, text: str, stamp: Stamp, digest: bytes, told: set[str]
) -> Prepared:
    language = language_of(path, text)
    nature = nature_of(path, text)
    if nature in NOT_EXTRACTED:
        extracted = Extracted()
        chunks, rows, used = _rows([], extracted)
    else:
        lines, known = lines_as_written(text), composed(text)
        if job.plain:
            extracted = extract_plain(text)
        else:
            shown = lines if known is text else lines_as_written(known)
            extracted = extract_lines(known, shown, language)
        chunks, rows, used = _rows(lines, extracted)
    partial = used is None
    if used is None:
        used = set(spellings(text))
        terms = "".join(used)
        vague = VAGUE in terms
    else:
        terms = "".join(used - told)
        vague = any(VAGUE in body for body, _ in rows)
    told |= used
    return Prepared(
        job.name,
        "text" if nature == "source" else nature,
        stamp,
        language,
        digest,
        path_words(job.name.decode("utf-8", "replace")),
        rows,
        packed(line for chunk in chunks for line in (chunk.line, chunk.end_line)),
        tuple(
            [
                (name[:_LONGEST_NAME], kind, line, end_line, container[:_LONGEST_NAME])
                for name, kind, line, end_line, container in extracted.definitions[
                    :_MOST_DEFINITIONS
                ]
            ]
        ),
        _references(extracted),
        terms,
        partial,
        vague or text.count("\r") != text.count("\r\n"),
        extracted.parsed,
        job.plain,
    )


def _rows(
    lines: Sequence[str], extracted: Extracted
) -> tuple[list[Chunk], tuple[tuple[str, str], ...], set[str] | None]:
    """Return the chunks, for each its words and symbols, and what all words are in.

    There is one chunk at least, for the path's words. None stands for words that were left out.
    """
    chunks = _bounded(extracted.chunks, len(lines))
    symbols: list[list[str]] = [[] for _ in chunks]
    starts = [chunk.line for chunk in chunks]
    for definition in extracted.definitions:
        at = bisect_right(starts, definition.line) - 1
        symbols[max(at, 0)].append(definition.name[:_LONGEST_NAME])
    rows = []
    used: set[str] = set()
    is_whole = bool(lines)
    for chunk, named in zip(chunks, symbols, strict=True):
        body = "\n".join(lines[chunk.line - 1 : chunk.end_line])
        is_whole = is_whole and len(body) <= _MOST_OF_A_CHUNK
        found = spellings(body[:_MOST_OF_A_CHUNK])
        used.update(found)
        rows.append(("".join(found), words(" ".join(named))))
    return chunks, tuple(rows), used if is_whole else None


def _bounded(chunks: Sequence[Chunk], lines: int) -> list[Chunk]:
    kept = list(chunks) or [Chunk(1, 1)]
    if len(kept) > CHUNKS_OF_A_FILE:
        kept[CHUNKS_OF_A_FILE - 1 :] = [Chunk(kept[CHUNKS_OF_A_FILE - 1].line, lines)]
    return kept


def _references(extracted: Extracted) -> bytes:
    counts = Counter(map(itemgetter(0), extracted.references))
    if len(counts) > _MOST_NAMES:
        counts = Counter(dict(counts.most_common(_MOST_NAMES)))
    keys = dict(zip(map(name_key, counts), counts.values(), strict=True))
    if len(keys) < len(counts):  # two names share a key
        keys.clear()
        for name, count in counts.items():
            keys[name_key(name)] = keys.get(name_key(name), 0) + count
    ordered = sorted(keys)
    times = [keys[key] for key in ordered]
    if max(times, default=0) > _MOST_TIMES:
        times = [min(one, _MOST_TIMES) for one in times]
    return packed(ordered) + bytes(times)
