"""What of one workspace has vectors and what lacks them, a little at a time.

The index says which files there are and how they are cut; a file that changes gets another id
there, so what is known of an id never changes.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from arriero.index.meaning.arrays import Array
from arriero.index.meaning.compact import Closest, Vectors, packed
from arriero.index.meaning.pieces import HASH_BYTES, NOTHING, Piece, file_key, read_pieces
from arriero.index.meaning.store import VectorStore
from arriero.index.paths import relative
from arriero.index.reader import FileRow, Reader
from arriero.index.schema import CHUNKS_OF_A_FILE
from arriero.index.schema import packed as packed_numbers
from arriero.workspace.confine import Confinement

_STEP = 64  # files that are looked up at once


@dataclass(frozen=True)
class Model:
    """The embedding model: its row in the store, the length of its vectors (0: not known yet)."""

    id: int
    length: int


@dataclass
class _File:
    """A file of the index: how many chunks it has, and how many of them are dealt with."""

    row: FileRow
    digest: bytes
    chunks: int
    done: int = 0


@dataclass
class _Wanted:
    """A text without a vector, and the rows of the chunks that have it."""

    text: str
    rows: list[int] = field(default_factory=list)


class Folder:
    """The vectors of one workspace in one model."""

    def __init__(self, root: str, index: Path, store: VectorStore, model: Model, most: int) -> None:
        """`index` is the folder of its index, `most` the chunks that are embedded at most."""
        self.model = model
        self._root = root
        self._reader = Reader(root, index)
        self._inside = Confinement([root])
        self._store = store
        self._most = most
        self._files: dict[int, _File] = {}
        self._todo: deque[_File] = deque()
        self._wanted: dict[bytes, _Wanted] = {}
        self._refused: set[bytes] = set()
        self._made: float | None = None  # when the index was
        self._vectors = Vectors(model.length) if model.length else None
        self.left_out = 0

    def close(self) -> None:
        """Let go of the index."""
        self._reader.close()

    @property
    def chunks(self) -> int:
        """How many chunks the workspace has that are or will be embedded."""
        return sum(file.chunks for file in self._files.values())

    @property
    def done(self) -> int:
        """How many of them are dealt with."""
        return sum(file.done for file in self._files.values())

    def refresh(self) -> None:
        """Look what the index has now; raises `reader.NoIndex`."""
        with self._reader.read() as snapshot:
            if snapshot.meta.get("made") != self._made:  # another index: its ids begin anew
                self._made = snapshot.meta.get("made")
                self._restart({})
            digests = dict(snapshot.db.execute("SELECT id, digest FROM files WHERE kind = 'text'"))
            gone = [ident for ident in self._files if ident not in digests]
            new = [ident for ident in digests if ident not in self._files]
            rows = snapshot.files(new)
        for ident in gone:
            del self._files[ident]
        if gone:
            self._forget(gone)
        room = self._most - self.chunks
        self.left_out = 0
        for row in sorted(rows.values(), key=lambda row: (-row.stamp.mtime_ns, row.id)):
            if len(row.chunks) > room:
                self.left_out += len(row.chunks)
                continue
            room -= len(row.chunks)
            file = self._files[row.id] = _File(row, digests[row.id], len(row.chunks))
            self._todo.append(file)

    def next(self, most: int, chars: int, seconds: float) -> list[tuple[bytes, str]]:
        """Return texts to embed with their digests: so many at most, together about so long.

        Looks for them for about so many seconds; `looked` tells whether there may be more. What is
        returned is returned again until `put` or `skip` was told of it.
        """
        end = time.monotonic() + seconds
        while self._todo and len(self._wanted) < most and time.monotonic() < end:
            files = [self._todo.popleft() for _ in range(min(_STEP, len(self._todo)))]
            self._look_up([file for file in files if file.row.id in self._files])
        batch: list[tuple[bytes, str]] = []
        for digest, wanted in self._wanted.items():
            chars -= len(wanted.text)
            if batch and (chars < 0 or len(batch) >= most):
                break
            batch.append((digest, wanted.text))
        return batch

    @property
    def looked(self) -> bool:
        """Whether every file was looked up."""
        return not self._todo

    def put(self, found: Sequence[tuple[bytes, Sequence[float] | Array]]) -> None:
        """Take in the vectors of texts; raises `store.Full`, ValueError for what is no vector."""
        self.begin_anew(len(found[0][1]))
        values = packed([vector for _, vector in found])
        pairs = [(digest, value) for (digest, _), value in zip(found, values, strict=True)]
        self._store.put(self.model.id, pairs)
        for digest, value in pairs:
            self._take(digest, value)

    def begin_anew(self, length: int) -> None:
        """Note the length of the model's vectors; if it is another, forget those that there are.

        The model answers for the first time, or another one answers under its name. All files are
        looked up anew.
        """
        if length == self.model.length:
            return
        self._store.restart(self.model.id, length)
        self.model = Model(self.model.id, length)
        self._restart(self._files)

    def skip(self, digests: Sequence[bytes]) -> None:
        """Do without the vectors of some texts, which the model refuses, for now."""
        self._refused.update(digests)
        for digest in digests:
            self._take(digest, None)

    def nearest(self, question: Array, limit: int) -> Closest:
        """Return the chunks that are closest to a vector, and not by chance.

        Raises ValueError as `Vectors` does.
        """
        if self._vectors is None:
            return Closest((), (), 0.0)
        found = self._vectors.nearest(question, limit)
        close = sum(one >= found.floor for one in found.closeness)
        return replace(found, rows=found.rows[:close], closeness=found.closeness[:close])

    def _restart(self, files: dict[int, _File]) -> None:
        """Look these files up anew, and forget all vectors in memory."""
        self._files = files
        self._vectors = Vectors(self.model.length) if self.model.length else None
        self._wanted.clear()
        self._todo = deque(files.values())
        for file in files.values():
            file.done = 0

    def _look_up(self, files: Sequence[_File]) -> None:
        keys = [self._key(file) for file in files]
        known = self._store.pieces(keys)
        digests: list[bytes] = []
        for joined in known.values():
            digests += _cut(joined)
        vectors = self._store.vectors(self.model.id, digests) if self._vectors is not None else {}
        learned: dict[bytes, bytes] = {}
        for file, key in zip(files, keys, strict=True):
            joined = known.get(key, b"")
            own = _cut(joined) if len(joined) == HASH_BYTES * file.chunks else []
            if own and all(self._settled(digest, vectors) for digest in own):
                self._enter(file, [Piece("", digest) for digest in own], vectors)
                continue
            pieces = self._read(file)
            if pieces is None:
                file.chunks = 0
                continue
            learned[key] = b"".join(piece.digest for piece in pieces)
            lacking = [piece.digest for piece in pieces if piece.digest not in vectors]
            if self._vectors is not None:
                vectors |= self._store.vectors(self.model.id, lacking)
            self._enter(file, pieces, vectors)
        self._store.put_pieces({key: one for key, one in learned.items() if known.get(key) != one})

    def _settled(self, digest: bytes, vectors: dict[bytes, bytes]) -> bool:
        return digest == NOTHING or digest in vectors or digest in self._refused

    def _enter(self, file: _File, pieces: Sequence[Piece], vectors: dict[bytes, bytes]) -> None:
        """Add the vectors of a file that are there, and ask for the others."""
        rows, values = [], []
        for number, piece in enumerate(pieces):
            row = file.row.id * CHUNKS_OF_A_FILE + number
            if piece.digest in vectors:
                rows.append(row)
                values.append(vectors[piece.digest])
                file.done += 1
            elif self._settled(piece.digest, vectors):
                file.done += 1
            else:
                self._wanted.setdefault(piece.digest, _Wanted(piece.text)).rows.append(row)
        if self._vectors is not None:
            self._vectors.add(rows, values)

    def _take(self, digest: bytes, value: bytes | None) -> None:
        wanted = self._wanted.pop(digest, None)
        if wanted is None:
            return
        for row in wanted.rows:
            file = self._files.get(row // CHUNKS_OF_A_FILE)
            if file is None:
                continue
            file.done += 1
            if value is not None and self._vectors is not None:
                self._vectors.add([row], [value])

    def _read(self, file: _File) -> list[Piece] | None:
        name = relative(self._root, file.row.path) or b""
        return read_pieces(self._root, name, file.digest, file.row.chunks, self._inside)

    def _key(self, file: _File) -> bytes:
        lines = packed_numbers(line for pair in file.row.chunks for line in pair)
        return file_key(relative(self._root, file.row.path) or b"", file.digest, lines)

    def _forget(self, gone: Sequence[int]) -> None:
        if self._vectors is not None:
            self._vectors.drop(gone)
        dead = set(gone)
        for digest, wanted in list(self._wanted.items()):
            wanted.rows = [row for row in wanted.rows if row // CHUNKS_OF_A_FILE not in dead]
            if not wanted.rows:
                del self._wanted[digest]


def _cut(joined: bytes) -> list[bytes]:
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]
