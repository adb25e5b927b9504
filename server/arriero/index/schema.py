"""The tables of an index, and opening them whatever became of the file.

- `files`: one row for each file. An `id` is never used twice: new content is a new row, so what the
  full-text tables still have of an old `id` is dead by itself. `kind` is "listed" until the content
  was read, then "text", "generated", "minified", "lock", "binary", "large" or
  "unreadable".
- `sure` (in `files`): whether the words are those that the file has. It is 0 where the content was
  not read, and where the file is known to have changed since. `vague`: whether there is something
  in the file that its words do not tell, so that no search may rule it out.
- `plain` (in `files`): whether it is known by its words alone, as no worker survived its language.
- `sum` (in `files`): of what is stored for a file (`indexer.sums`), 0 while it is "listed".
- `chunks` (in `files`): pairs of unsigned 32-bit numbers, first and last line of each chunk.
- `defs`: what files define. `refs`: for each file the keys of the names that it uses (`name_key`),
  unsigned 32-bit and sorted, then as many bytes that count them, at most 255.
- `names`: each name that a file with an `id` of at most `gathered_to` (in `meta`) defines, and some
  that none does any more. It is 0 where nothing was gathered.
- `text_N`: words of chunks, `rowid` = file id * 4096 + number of the chunk, and of each a mark
  (`thinning`). `rest_N`: all words of
  those files of which `text_N` has not all, `rowid` = file id; for searches that rule files out.
- `lexicon_N`: every word of the two, most of them once, to look for parts of words. In pieces, each
  a line break and then words with a line break after each.
- `..._sums`: of the blocks of the full-text tables, and of the lexicon's pieces, which were looked
  at since they were written.
- N is the generation in `meta`, which is renewed when a fifth is dead.
"""

from __future__ import annotations

import functools
import logging
import os
import sqlite3
import sys
import threading
import time
import zlib
from array import array
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger(__name__)

VERSION = 9
CHUNKS_OF_A_FILE = 4096
_GATHERED = 4 << 20  # bytes of memory in which a full-text table gathers what it then writes
# bm25 of the columns of text_N: words of the lines, of the path, of the symbols defined in them,
# and the mark (`thinning`), which only chooses.
WEIGHTS = (1.0, 2.0, 2.0, 0.0)

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    size INTEGER NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL DEFAULT '',
    digest BLOB,
    sure INTEGER NOT NULL DEFAULT 0,
    vague INTEGER NOT NULL DEFAULT 0,
    plain INTEGER NOT NULL DEFAULT 0,
    chunks BLOB NOT NULL DEFAULT x'',
    sum INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX files_plain ON files(id) WHERE plain = 1;
CREATE INDEX files_unreadable ON files(id) WHERE kind = 'unreadable';
CREATE INDEX files_unsure ON files(id) WHERE sure = 0 OR vague = 1;
CREATE TABLE defs (
    file INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    line INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    container TEXT NOT NULL
);
CREATE INDEX defs_of_file ON defs(file);
CREATE INDEX defs_by_name ON defs(name COLLATE NOCASE);
CREATE TABLE names (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE refs (file INTEGER PRIMARY KEY, names BLOB NOT NULL);
INSERT INTO meta VALUES ('generation', 1), ('dead', 0), ('live', 0), ('gathered_to', 0),
    ('rows_written', 0), ('words_written', 0);
"""
# SQLite opens a database and its log one after the other, each by its name.
_MOVING = threading.Lock()
_SUMS = "(id INTEGER PRIMARY KEY, sum INTEGER NOT NULL)"


class Damaged(Exception):
    """The database cannot be used; the text says why."""


def open_for_writing(folder: Path) -> tuple[sqlite3.Connection, str]:
    """Open or make the database in a folder; return it with a sentence if the old one was useless.

    Raises sqlite3.Error or OSError where none can be made, on a full disk for instance.
    """
    from arriero.index.paths import DATABASE

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / DATABASE
    try:
        return _opened(path), ""
    except Damaged as error:
        log.warning("the index %s is built anew: %s", path, error)
        set_aside(path)
        return _opened(path), f"The index is built anew, because {error}."


def open_beside(path: Path) -> sqlite3.Connection:
    """Open a database to write to it beside the one writer of its files.

    A file that is empty, as one that is being written over is for a moment, would be written to
    without a log: whoever does waits for all who have it open, who wait for it. Raises `Damaged`
    and sqlite3.Error.
    """
    with _MOVING:
        db = sqlite3.connect(path, isolation_level=None, timeout=30.0)
        try:
            (journal,) = db.execute("PRAGMA journal_mode").fetchone()  # the log is open from now on
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if (journal, version) != ("wal", VERSION):
                raise Damaged(f"it is in mode {journal} and of version {version}")
        except BaseException:
            db.close()
            raise
    return db


def set_aside(path: Path) -> None:
    """Rename a database, so that it can be looked at; one is kept. Raises OSError."""
    with _MOVING:
        for suffix in ("-wal", "-shm", ""):
            old = Path(f"{path}{suffix}")
            if old.exists():
                os.replace(old, f"{path}.aside{suffix}")


def make_text(db: sqlite3.Connection, generation: int) -> None:
    """Make the full-text tables of a generation."""
    text, rest = f"text_{generation}", f"rest_{generation}"
    db.execute(
        f"CREATE VIRTUAL TABLE {text} "
        "USING fts5(words, path, symbols, mark, content='', tokenize='ascii')"
    )
    db.execute(f"CREATE VIRTUAL TABLE {text}_terms USING fts5vocab({text}, row)")
    db.execute(
        f"CREATE VIRTUAL TABLE {rest} USING fts5(words, content='', tokenize='ascii', detail=none)"
    )
    db.execute(f"CREATE TABLE lexicon_{generation} (id INTEGER PRIMARY KEY, words TEXT NOT NULL)")
    weights = ", ".join(map(str, WEIGHTS))
    # Fewer and larger pieces are written while much comes in; pieces are merged less often.
    for table in (text, rest):
        db.execute(f"INSERT INTO {table}({table}, rank) VALUES ('hashsize', {_GATHERED})")  # noqa: S608
        db.execute(f"INSERT INTO {table}({table}, rank) VALUES ('automerge', 8)")  # noqa: S608
    db.execute(f"INSERT INTO {text}({text}, rank) VALUES ('rank', 'bm25({weights})')")  # noqa: S608
    db.execute(f"CREATE TABLE lexicon_{generation}_sums {_SUMS}")
    for blocks in (f"{text}_data", f"{rest}_data"):
        _make_sums(db, blocks)


def drop_text(db: sqlite3.Connection, generation: int) -> None:
    """Remove the full-text tables of a generation, where they are."""
    tables = ("text_{}_terms", "text_{}", "rest_{}", "lexicon_{}")
    sums = ("text_{}_data_sums", "rest_{}_data_sums", "lexicon_{}_sums")
    for table in (*tables, *sums):  # with them their triggers
        db.execute(f"DROP TABLE IF EXISTS {table.format(generation)}")


def _make_sums(db: sqlite3.Connection, blocks: str) -> None:
    """Have sums of blocks that are forgotten when SQLite writes the block.

    A connection that was opened to be defensive, as those of macOS's own SQLite, allows no triggers
    on these tables; then there are no sums.
    """
    db.execute(f"CREATE TABLE {blocks}_sums {_SUMS}")
    try:
        for event, which in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
            db.execute(
                f"CREATE TRIGGER {blocks}_{event} AFTER {event} ON {blocks} "  # noqa: S608
                f"BEGIN DELETE FROM {blocks}_sums WHERE id = {which}.id; END"
            )
    except sqlite3.OperationalError as error:
        log.info("%s goes without sums: %s", blocks, error)
        db.execute(f"DROP TABLE {blocks}_sums")


@functools.lru_cache(maxsize=50_000)
def name_key(name: str) -> int:
    """Return the number that stands for a name in `refs`; two of many thousand may share one."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass"))


def packed(numbers: Iterable[int]) -> bytes:
    """Return unsigned 32-bit numbers, little-endian."""
    values = array("I", numbers)
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def unpacked(data: bytes) -> array[int]:
    """Return what `packed` was given."""
    values = array("I", data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _opened(path: Path) -> sqlite3.Connection:
    # The writer uses it in two threads, one after the other.
    db = sqlite3.connect(path, isolation_level=None, timeout=5.0, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -16000")
        db.execute("PRAGMA journal_size_limit = 16777216")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise Damaged("a newer Arriero wrote the old one")
        if version == 0:
            db.execute("BEGIN IMMEDIATE")
            for statement in _TABLES.split(";"):
                db.execute(statement)
            make_text(db, 1)
            db.execute("INSERT INTO meta VALUES ('made', ?)", (time.time(),))
            db.execute(f"PRAGMA user_version = {VERSION}")
            db.execute("COMMIT")
        elif version < VERSION:
            raise Damaged("an older Arriero wrote the old one")
        _look_at(db)
    except sqlite3.OperationalError as error:
        db.close()
        if is_damage(error):
            raise Damaged(f"the old one was damaged ({error})") from error
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        db.close()
        raise Damaged(f"the old one was damaged ({error})") from error
    except BaseException:
        db.close()
        raise
    return db


def is_damage(error: Exception) -> bool:
    """Tell an unusable database from a full disk, a lock or a missing permission.

    A text that is none makes a UnicodeDecodeError, also where it is in SQLite's own message.
    """
    if not isinstance(error, sqlite3.OperationalError):
        return isinstance(error, (sqlite3.DatabaseError, UnicodeDecodeError))
    said = str(error)
    return any(
        word in said
        for word in ("no such table", "no such column", "vtable constructor", "decode to UTF-8")
    )


def _look_at(db: sqlite3.Connection) -> None:
    """Read a little of everything: what is damaged at its roots shows now."""
    numbers = "SELECT 1 FROM meta WHERE typeof(value) NOT IN ('integer', 'real')"
    if db.execute(numbers).fetchone() is not None:
        raise Damaged("the old one was damaged (a number is none)")
    (generation,) = db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone() or (0,)
    db.execute("SELECT * FROM names LIMIT 1").fetchall()
    for table in (
        "files",
        "defs",
        "refs",
        f"text_{generation}_data",
        f"rest_{generation}_data",
        f"lexicon_{generation}",
    ):
        db.execute(f"SELECT * FROM {table} LIMIT 1").fetchall()  # noqa: S608 - names from above
        db.execute(f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1").fetchall()  # noqa: S608
