"""The audit trail: what was done on whose word, one JSON object a line, chained by hash.

Each line holds `seq` (grows by one), `at` (UTC, ISO 8601), `prev` (the hash of the line before) and
`hash`: the SHA-256 of the line's canonical JSON without it. Whoever changes or removes a line
breaks the chain; whoever can write the files can also write them all anew, so a copy of a hash kept
elsewhere is what proves more. Several processes may append to one trail.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import logging
import os
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows: one process writes, or lines may get in each other's way
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

FIRST = "0" * 64  # what the very first line has before it
_NAME = "audit.jsonl"
_Place = tuple[int, int, int]  # device, inode and size of a file
_TAIL = 1 << 20  # bytes in which the last whole line must be


@dataclass(frozen=True)
class Flaw:
    """A place (line from 1) where the trail is not what was written."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: lines that hold, those that do not, and the hash to compare with."""

    lines: int
    flaws: tuple[Flaw, ...]
    last: str


class AuditTrail:
    """The trail in a folder, which is made when first written to. Its methods block.

    A file of `max_bytes` is turned over; of old ones `keep` are kept.
    """

    def __init__(self, folder: Path, *, max_bytes: int = 10_000_000, keep: int = 20) -> None:
        self.folder = folder
        self._max_bytes = max_bytes
        self._keep = keep
        self._known: tuple[_Place, int, str] | None = None  # where we wrote last, and what

    def append(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Write entries, whose own keys must not be those of the chain; raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked(), self._opened() as file:
            seq, prev = self._end(file)
            lines = []
            for entry in entries:
                seq += 1
                line = {**entry, "seq": seq, "at": _now(), "prev": prev}
                prev = _hash(line)
                lines.append(_canonical({**line, "hash": prev}) + b"\n")
            file.write(b"".join(lines))
            file.flush()
            self._known = _place(file), seq, prev
            if file.tell() >= self._max_bytes:
                self._turn_over(seq)

    def files(self) -> list[Path]:
        """Return the files of the trail, oldest first."""
        old = sorted(self.folder.glob("audit-*.jsonl"))
        current = self.folder / _NAME
        return [*old, current] if current.is_file() else old

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield what can be read, oldest first."""
        for file in self.files():
            for _, line in _lines(file):
                entry = _parsed(line)
                if entry is not None:
                    yield entry

    def verify(self) -> Verdict:
        """Go through the whole trail and tell where it is not what was written."""
        flaws: list[Flaw] = []
        count, prev, seq = 0, None, None
        for file in self.files():
            for number, line in _lines(file):
                entry = _parsed(line)
                if entry is None:
                    flaws.append(Flaw(file.name, number, "cannot be read"))
                    continue
                said = entry.get("hash")
                if _hash({key: value for key, value in entry.items() if key != "hash"}) != said:
                    flaws.append(Flaw(file.name, number, "was changed: its hash is another one"))
                elif prev is not None and (entry.get("prev"), entry.get("seq")) != (prev, seq):
                    flaws.append(Flaw(file.name, number, "does not follow the line before it"))
                else:
                    count += 1
                prev = said if isinstance(said, str) else ""
                seq = entry["seq"] + 1 if isinstance(entry.get("seq"), int) else None
        return Verdict(count, tuple(flaws), prev or FIRST)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _opened(self) -> IO[bytes]:
        path = self.folder / _NAME
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(path.lstat().st_mode):
                aside = path.with_name(f"{_NAME}.damaged-{time.time_ns()}")
                path.rename(aside)
                log.warning("%s is no file and was set aside as %s", path, aside)
        return os.fdopen(os.open(path, flags, 0o600), "r+b")

    def _end(self, file: IO[bytes]) -> tuple[int, str]:
        """Return number and hash of the last line; read only if somebody else wrote since."""
        if self._known is not None and self._known[0] == _place(file):
            return self._known[1:]
        return self._last(file)

    def _last(self, file: IO[bytes]) -> tuple[int, str]:
        """Return number and hash of the last whole line, and leave the file at a line's begin."""
        size = file.seek(0, os.SEEK_END)
        if not size:
            return self._last_of_old()
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        if not tail.endswith(b"\n"):  # a process died while it wrote
            file.write(b"\n")
        for line in reversed(tail.split(b"\n")):
            if entry := _parsed(line):
                return entry["seq"], entry["hash"]
        return self._last_of_old()

    def _last_of_old(self) -> tuple[int, str]:
        for file in sorted(self.folder.glob("audit-*.jsonl"), reverse=True):
            for line in reversed(file.read_bytes().split(b"\n")):
                if entry := _parsed(line):
                    return entry["seq"], entry["hash"]
        return 0, FIRST

    def _turn_over(self, seq: int) -> None:
        (self.folder / _NAME).rename(self.folder / f"audit-{seq:012d}.jsonl")
        for file in sorted(self.folder.glob("audit-*.jsonl"))[: -self._keep]:
            file.unlink()


def _place(file: IO[bytes]) -> _Place:
    facts = os.fstat(file.fileno())
    return facts.st_dev, facts.st_ino, facts.st_size


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, line


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("seq"), int):
        return None
    return entry if isinstance(entry.get("hash"), str) else None


def _canonical(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, sort_keys=True, separators=(",", ":")).encode("ascii")


def _hash(entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(entry)).hexdigest()


def _now() -> str:
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds")
