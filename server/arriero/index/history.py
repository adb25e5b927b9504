"""Keep what git's log tells about files; `precedents` asks for it.

The newest commits are kept, in tables of this module's own. What is kept is a pure function of the
log: after commits are amended, or another branch is there, it equals what is made from nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from arriero.index import gitlog
from arriero.index.gitlog import Commit
from arriero.index.words import words

MOST_COMMITS = 5_000
MOST_FILES_OF_A_COMMIT = 60
"""A commit that touches more (a new layout, another licence) tells nothing about its files."""
_BATCH = 250  # commits of one transaction

_TABLES = """
CREATE TABLE IF NOT EXISTS history_commits (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    subject TEXT NOT NULL,
    files INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS history_touched (
    path BLOB NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (path, entry)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS history_entries ON history_touched(entry);
CREATE TABLE IF NOT EXISTS history_renames (
    entry INTEGER NOT NULL, old BLOB NOT NULL, new BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS history_names (old BLOB PRIMARY KEY, now BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history_last (path BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS history_newest ON history_last(at);
CREATE VIRTUAL TABLE IF NOT EXISTS history_text USING fts5(words, tokenize='ascii');
CREATE VIRTUAL TABLE IF NOT EXISTS history_terms USING fts5vocab(history_text, row);
CREATE TABLE IF NOT EXISTS history_state (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""


def update(db: sqlite3.Connection, root: str, *, most: int = MOST_COMMITS) -> int:
    """Bring the history of a workspace up to date; return how many commits are known then.

    `db` is the writer's connection, without an open transaction. Each transaction is small; what
    was cut off goes on with the next call. A folder in no repository has no history. Raises
    sqlite3.Error.
    """
    for statement in _TABLES.split(";"):
        db.execute(statement)
    head = gitlog.head(root)
    if head is None or head == _state(db, "head"):
        return _count(db)
    listed = gitlog.listed(root, most, _count(db)) if head else []
    if listed is None:
        return _count(db)
    order = {commit: place for place, commit in enumerate(listed)}
    known = {bytes(row[0]): row[1] for row in db.execute("SELECT hash, id FROM history_commits")}
    gone = [ident for commit, ident in known.items() if commit not in order]
    for start in range(0, len(gone), _BATCH):
        with _transaction(db):
            _forget(db, gone[start : start + _BATCH])
    missing = [commit for commit in listed if commit not in known]
    complete = True
    for start in range(0, len(missing), _BATCH):
        asked = missing[start : start + _BATCH]
        found = gitlog.read(root, asked)
        complete = complete and len(found) == len(asked)
        with _transaction(db):
            for commit in found:
                _store(db, commit)
    with _transaction(db):
        _follow_renames(db, order)
        if complete:
            db.execute("INSERT OR REPLACE INTO history_state VALUES ('head', ?)", (head,))
    return _count(db)


def _store(db: sqlite3.Connection, commit: Commit) -> None:
    inserted = db.execute(
        "INSERT OR IGNORE INTO history_commits(hash, at, subject, files) VALUES (?, ?, ?, ?)",
        (commit.hash, commit.at, commit.subject, len(commit.paths)),
    )
    if not inserted.rowcount:
        return  # another process was quicker
    ident = inserted.lastrowid
    db.executemany(
        "INSERT INTO history_renames VALUES (?, ?, ?)",
        [(ident, old, new) for old, new in commit.renames],
    )
    if 0 < len(commit.paths) <= MOST_FILES_OF_A_COMMIT:
        text = words(commit.subject)
        db.execute("INSERT INTO history_text(rowid, words) VALUES (?, ?)", (ident, text))
        db.executemany(
            "INSERT INTO history_touched VALUES (?, ?)", [(path, ident) for path in commit.paths]
        )


def _forget(db: sqlite3.Connection, idents: Sequence[int]) -> None:
    rows = [(ident,) for ident in idents]
    db.executemany("DELETE FROM history_commits WHERE id = ?", rows)
    db.executemany("DELETE FROM history_renames WHERE entry = ?", rows)
    db.executemany("DELETE FROM history_touched WHERE entry = ?", rows)
    db.executemany("DELETE FROM history_text WHERE rowid = ?", rows)


def _follow_renames(db: sqlite3.Connection, order: Mapping[bytes, int]) -> None:
    """Work out what files of old names are called now.

    A name that was used again after the rename is a file of its own.
    """
    renamed: dict[bytes, tuple[int, bytes]] = {}
    rows = db.execute(
        "SELECT c.hash, r.old, r.new FROM history_renames AS r "
        "JOIN history_commits AS c ON c.id = r.entry"
    )
    for commit, old, new in rows:
        place = order[commit]
        if old not in renamed or place < renamed[old][0]:
            renamed[old] = (place, new)
    now = {}
    for old, (place, new) in renamed.items():
        again = db.execute(
            "SELECT c.hash FROM history_touched AS t JOIN history_commits AS c ON c.id = t.entry "
            "WHERE t.path = ?",
            (old,),
        )
        if all(order[commit] >= place for (commit,) in again):
            now[old] = new
    chains = [(old, _end_of_chain(old, now)) for old in now]
    db.execute("DELETE FROM history_names")
    db.executemany(
        "INSERT INTO history_names VALUES (?, ?)", [pair for pair in chains if pair[0] != pair[1]]
    )
    db.execute("DELETE FROM history_last")
    db.execute(
        "INSERT INTO history_last SELECT coalesce(n.now, t.path) AS path, max(c.at) "
        "FROM history_touched AS t JOIN history_commits AS c ON c.id = t.entry "
        "LEFT JOIN history_names AS n ON n.old = t.path GROUP BY 1"
    )


def _end_of_chain(name: bytes, now: Mapping[bytes, bytes]) -> bytes:
    seen = {name}
    while name in now and now[name] not in seen:
        name = now[name]
        seen.add(name)
    return name


def _state(db: sqlite3.Connection, key: str) -> object:
    row = db.execute("SELECT value FROM history_state WHERE key = ?", (key,)).fetchone()
    return None if row is None else row[0]


def _count(db: sqlite3.Connection) -> int:
    count: int = db.execute("SELECT count(*) FROM history_commits").fetchone()[0]
    return count


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
