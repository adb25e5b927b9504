"""Putting what can be read of a damaged database in its place, and the damaged file aside."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from arriero.sessions import schema
from arriero.sessions.failure import is_of_the_disk
from arriero.sessions.salvage import Salvaged, copy

try:
    import fcntl
except ImportError:  # Windows: where two daemons mend at once, one of them finds nothing to mend
    fcntl = None  # type: ignore[assignment]

ASIDE = ".damaged-"
"""What stands between the name of a database and the time at which it was set aside."""
_KEPT_ASIDE = 3
_ALONGSIDE = ("-wal", "-shm")


def mend(path: Path) -> str:
    """Mend the database at a path, which nobody in this process has open.

    Returns a sentence for the person; empty if another process was faster. Raises sqlite3.Error and
    OSError where that cannot be done; then the damaged file is where it was.
    """
    with _alone(path):
        if is_sound(path):
            return ""
        fresh = path.with_name(f"{path.name}.mending")
        fresh.unlink(missing_ok=True)
        saved = _salvaged(path, fresh)
        aside = _free_name(path)
        _set_aside(path, aside)
        fresh.replace(path)
        _forget_old(path)
    return (
        f"The conversations' database was damaged: {saved.sessions} conversations with"
        f" {saved.events} events could be read and were kept, and the damaged file was set aside"
        f" as {aside}."
    )


def connected(path: Path) -> sqlite3.Connection:
    """Return a connection that leaves transactions to us; raises sqlite3.Error."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    # A byte that was changed on the disk must not make a whole list unreadable.
    db.text_factory = _text
    return db


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _salvaged(damaged: Path, fresh: Path) -> Salvaged:
    target = connected(fresh)
    try:
        fresh.chmod(0o600)
        schema.migrate(target)
        if damaged.is_dir():
            return Salvaged(0, 0, whole=False)
        source = connected(damaged)
        try:
            with contextlib.suppress(sqlite3.Error):
                # Or a file that was cut off would be refused as a whole.
                source.execute("PRAGMA writable_schema = ON")
                source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return copy(source, target)
        finally:
            source.close()
    finally:
        target.close()


def _set_aside(path: Path, aside: Path) -> None:
    """Give a damaged database another name; what it had not merged yet goes with it."""
    for end in _ALONGSIDE:
        beside = Path(f"{path}{end}")
        if beside.exists():
            beside.replace(f"{aside}{end}")
    path.replace(aside)


def _free_name(path: Path) -> Path:
    stamp = dt.datetime.now(dt.timezone.utc).strftime("%Y%m%dT%H%M%S")
    names = (f"{path.name}{ASIDE}{stamp}{more}" for more in ("", *map(".{}".format, range(1000))))
    return next(place for name in names if not (place := path.with_name(name)).exists())


def set_aside(path: Path) -> list[Path]:
    """Return what was set aside of the database at a path, oldest first."""
    found = path.parent.glob(f"{path.name}{ASIDE}*")
    return sorted(one for one in found if not one.name.endswith(_ALONGSIDE))


def _forget_old(path: Path) -> None:
    """Keep the newest of what was set aside, so that a disk that fails is not filled as well."""
    for old in set_aside(path)[:-_KEPT_ASIDE]:
        if old.is_dir():
            continue  # it was not ours
        for end in ("", *_ALONGSIDE):
            Path(f"{old}{end}").unlink(missing_ok=True)


def is_sound(path: Path) -> bool:
    """Tell whether all of a database can be read; takes seconds for some hundred megabytes.

    Raises sqlite3.Error and OSError where that cannot be told.
    """
    if not path.is_file():
        return False
    db = connected(path)
    try:
        whole = db.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
        return whole and schema.is_known(db)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if is_of_the_disk(error):
            raise
        return False
    finally:
        db.close()


def is_newer(path: Path) -> bool:
    """Tell whether a newer version wrote a database; raises sqlite3.Error."""
    db = connected(path)
    try:
        return bool(db.execute("PRAGMA user_version").fetchone()[0] > schema.VERSION)
    finally:
        db.close()


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from mending the same database meanwhile."""
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
