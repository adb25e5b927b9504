"""Compact vectors, and the search among them.

A vector is scaled to length 1 and kept as signed bytes with one scale. A question is compared in
two steps: by the signs of the parts, which leaves some hundreds, then by the bytes. Of few vectors
all are compared by their bytes, which is exact but for rounding. What the signs may miss is what is
hardly closer than hundreds of others. The signs are those of what is left when the mean of all
vectors is taken away: the vectors of most models lie to one side, and their own signs would tell
little.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arriero.index.meaning.arrays import Array, numpy
from arriero.index.schema import CHUNKS_OF_A_FILE

SCALE = struct.Struct("<f")
"""How a packed vector begins: a part is its byte times this. The bytes follow."""

_ALL_AT_ONCE = 2_000_000  # bytes up to which all vectors are compared by their bytes
_COMPARED = 400_000  # bytes that are compared of the candidates: the shorter a vector, the more
_CANDIDATES = 200  # at least: the signs of a short vector tell less
_OF_EACH = 4  # candidates for each place that is asked for
_SAMPLE = 512  # vectors that tell how close any two texts are
_LEAST_ROOM = 1_024  # vectors
_LEAST_LEARNED = 64  # vectors: of fewer, nothing is learned of how close chance brings two texts
_PAIRED = 128  # vectors, each of which is compared with the sample
_CHANCE = 0.99  # of the pairs are less close
_BLOCK = 4_096  # vectors that are turned into signs at once


@dataclass(frozen=True)
class Closest:
    """Rows and their cosines with the question, the closest first.

    `usual` is about the cosine that rows of no interest have; below `floor`, nothing is closer to
    the question than texts that have nothing to do with each other are in this model.
    """

    rows: tuple[int, ...]
    closeness: tuple[float, ...]
    usual: float
    floor: float = -1.0


def packed(vectors: Sequence[Sequence[float]] | Array) -> list[bytes]:
    """Return vectors as they are stored; raises ValueError for one that has no direction."""
    np = numpy()
    # Doubles: the squares of large parts would not fit into less.
    values = np.asarray(vectors, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(values, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise ValueError("a vector has no direction")
    values = values / lengths
    scales = (np.abs(values).max(axis=1) / 127).astype(np.float32)
    parts = np.rint(values / scales[:, None]).astype(np.int8)
    return [
        SCALE.pack(scale) + row.tobytes() for scale, row in zip(scales.tolist(), parts, strict=True)
    ]


class Vectors:
    """The vectors of one workspace, all of one length. A row is a chunk's, as in `schema`."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._np = np = numpy()
        self._count = 0
        self._signed = 0  # how many there were when the mean was taken
        self._chance: float | None = None  # how much closer than usual chance brings two texts
        self._mean = np.zeros(length, np.float32)
        self._rows: Array = np.zeros(0, np.int64)
        self._scales: Array = np.zeros(0, np.float32)
        self._parts: Array = np.zeros((0, length), np.int8)
        self._signs: Array = np.zeros((self._words, 0), np.uint64)

    def __len__(self) -> int:
        return self._count

    def add(self, rows: Sequence[int], packed_vectors: Sequence[bytes]) -> None:
        """Add vectors; raises ValueError for one of another length."""
        if not rows:
            return
        size = SCALE.size + self.length
        if any(len(one) != size for one in packed_vectors):
            raise ValueError("a vector is of another length")
        np, start, end = self._np, self._count, self._count + len(rows)
        if end > len(self._rows):
            self._make_room(max(end, 2 * len(self._rows), _LEAST_ROOM))
        data = np.frombuffer(b"".join(packed_vectors), np.uint8).reshape(len(rows), size)
        self._rows[start:end] = rows
        self._scales[start:end] = np.ascontiguousarray(data[:, : SCALE.size]).view("<f4")[:, 0]
        self._parts[start:end] = data[:, SCALE.size :].view(np.int8)
        self._count = end
        self._sign(start)

    def drop(self, files: Iterable[int]) -> None:
        """Remove the rows of some files, given by id."""
        np = self._np
        gone = np.fromiter(files, np.int64)
        if not len(gone):
            return
        here = slice(self._count)
        kept = np.flatnonzero(~np.isin(self._rows[here] // CHUNKS_OF_A_FILE, gone))
        if len(kept) == self._count:
            return
        for array in (self._rows, self._scales, self._parts):
            array[: len(kept)] = array[kept]
        self._signs[:, : len(kept)] = self._signs[:, kept]
        self._count = len(kept)

    def nearest(self, question: Array, limit: int) -> Closest:
        """Return the rows that are closest to a vector.

        Raises ValueError for one of another length or without direction.
        """
        np = self._np
        with np.errstate(over="ignore", invalid="ignore"):
            asked = np.asarray(question, dtype=np.float32)
            length = float(np.linalg.norm(asked.astype(np.float64)))
        if asked.shape != (self.length,) or not 0 < length < float("inf"):
            raise ValueError("the question's vector is not one of this model's")
        if not self._count or limit <= 0:
            return Closest((), (), 0.0)
        asked = asked / np.float32(length)
        among = self._candidates(asked, self._most_candidates(limit))
        cosines = self._cosines(among, asked)
        best = np.argsort(-cosines, kind="stable")[:limit]
        step = max(self._count // _SAMPLE, 1)
        usual = float(self._cosines(np.arange(0, self._count, step), asked).mean())
        found = among[best]
        return Closest(
            tuple(self._rows[found].tolist()),
            tuple(cosines[best].tolist()),
            usual,
            -1.0 if self._chance is None else usual + self._chance,
        )

    def _most_candidates(self, limit: int) -> int:
        return max(_CANDIDATES, _COMPARED // self.length, _OF_EACH * limit)

    def _candidates(self, asked: Array, most: int) -> Array:
        """Return the places of the vectors whose signs are most alike, or of all."""
        np = self._np
        if self._count * self.length <= _ALL_AT_ONCE or self._count <= most:
            return np.arange(self._count)
        signs = self._packed_signs((asked - self._mean)[None, :])[:, 0]
        differing = np.zeros(self._count, np.uint16)
        for mine, its in zip(self._signs, signs, strict=True):
            differing += np.bitwise_count(mine[: self._count] ^ its)
        return np.argpartition(differing, most)[:most]

    def _cosines(self, among: Array, asked: Array) -> Array:
        """Return the cosines of some places with a vector of length 1."""
        found = self._np.empty(len(among), self._np.float32)
        for start in range(0, len(among), _BLOCK):
            part = among[start : start + _BLOCK]
            found[start : start + _BLOCK] = self._parts[part].astype(self._np.float32) @ asked
        return found * self._scales[among]

    def _sign(self, start: int) -> None:
        """Bring the signs up to date from a place on; anew when there are twice as many."""
        if self._count > 2 * self._signed:
            start, self._signed = 0, self._count
            step = max(self._count // _BLOCK, 1)
            self._mean = self._values(slice(0, self._count, step)).mean(axis=0)
            self._chance = self._learned()
        for first in range(start, self._count, _BLOCK):
            here = slice(first, min(first + _BLOCK, self._count))
            self._signs[:, here] = self._packed_signs(self._values(here) - self._mean)

    def _learned(self) -> float | None:
        """Return how much closer than usual only one of a hundred pairs of texts is.

        Each text is compared with texts of other files, and what is usual for it taken away: what
        is left says how far chance goes in this model, wherever its vectors lie. None where there
        are too few.
        """
        np = self._np
        if self._count < _LEAST_LEARNED:
            return None
        some = slice(0, self._count, max(self._count // _SAMPLE, 1))
        few = slice(0, self._count, max(self._count // _PAIRED, 1))
        cosines = self._values(few) @ self._values(some).T
        files = self._rows // CHUNKS_OF_A_FILE
        apart = files[few, None] != files[None, some]
        counted = apart.sum(axis=1)
        if not counted.all():
            return None
        usual = np.where(apart, cosines, 0.0).sum(axis=1) / counted
        return float(np.quantile((cosines - usual[:, None])[apart], _CHANCE))

    def _values(self, here: slice) -> Array:
        return self._parts[here].astype(self._np.float32) * self._scales[here, None]

    def _packed_signs(self, values: Array) -> Array:
        """Return a bit for each part, 64 to a number; a column for each vector."""
        np = self._np
        bits = np.packbits(values > 0, axis=1)
        padded = np.zeros((len(values), 8 * self._words), np.uint8)
        padded[:, : bits.shape[1]] = bits
        return padded.view(np.uint64).T

    @property
    def _words(self) -> int:
        return (self.length + 63) // 64

    def _make_room(self, size: int) -> None:
        """Have room for so many vectors; the signs lie transposed, which is three times as fast."""
        np, here = self._np, slice(self._count)
        rows, scales = np.zeros(size, np.int64), np.zeros(size, np.float32)
        parts = np.zeros((size, self.length), np.int8)
        signs = np.zeros((self._words, size), np.uint64)
        rows[here], scales[here] = self._rows[here], self._scales[here]
        parts[here], signs[:, here] = self._parts[here], self._signs[:, here]
        self._rows, self._scales, self._parts, self._signs = rows, scales, parts, signs
