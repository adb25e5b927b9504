"""An index without its process: everything happens when the test says so."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from arriero.index.grep import Pattern, candidates
from arriero.index.indexer.build import Build
from arriero.index.indexer.prepare import Batchwise, prepare
from arriero.index.indexer.rows import Prepared
from arriero.index.indexer.work import Batch, Options
from arriero.index.paths import DATABASE
from arriero.index.reader import Reader
from arriero.index.schema import CHUNKS_OF_A_FILE, unpacked
from arriero.workspace.confine import Confinement


class Disk:
    """A workspace on disk with an index beside it."""

    def __init__(self, folder: Path, options: Options | None = None) -> None:
        self.root = os.path.realpath(folder / "tree")
        self.index = folder / "index"
        os.makedirs(self.root, exist_ok=True)
        self.options = replace(options or Options(), knowledge=False)

    def write(self, name: str | bytes, text: str | bytes = "") -> str:
        path = os.path.join(self.root, os.fsdecode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        return path

    def build(self, index: Path | None = None) -> Build:
        return Build(self.root, index or self.index, self.options)


def prepared(build: Build, batch: Batch) -> Sequence[Prepared]:
    confinement = Confinement([build.root])
    before = Batchwise()
    return [prepare(build.root, job, confinement, before) for job in batch.jobs]


def settle(build: Build, most: int = 100_000) -> None:
    """Work until nothing is left to do that is due now."""
    for _ in range(most):
        batch = build.next_batch()
        if batch is not None:
            build.publish(batch, prepared(build, batch))
        elif build.wait == 0.0:
            build.step()
        else:
            return
    raise AssertionError("the work never ends")


def built(disk: Disk) -> Disk:
    """Index what is on disk now."""
    build = disk.build()
    settle(build)
    build.close()
    return disk


def with_a_row_of_everything(folder: Path, files: int) -> Disk:
    """Some files that define and use names, with their index."""
    disk = Disk(folder)
    for number in range(files):
        text = f"def name_{number}(load):\n    return other_{number % 7}(load) + 'llama'\n" * 20
        disk.write(f"p{number % 5}/f{number}.py", text)
    return built(disk)


def may_match(
    disk: Disk, pattern: Pattern, glob: str | None = None, *, every: bool = False
) -> list[str]:
    """Return the files that are left of all."""
    reader = Reader(disk.root, disk.index)
    try:
        with reader.read() as snapshot:
            return candidates(snapshot, pattern, (), glob, every=every)
    finally:
        reader.close()


def content(index: Path) -> dict[str, Any]:
    """Everything that is alive in an index, without numbers that depend on its history."""
    db = sqlite3.connect(index / DATABASE)
    try:
        (generation,) = db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
        files = db.execute(
            "SELECT id, path, size, kind, language, digest, chunks, vague FROM files"
        )
        names = {}
        found: dict[str, Any] = {}
        for ident, path, size, kind, language, digest, chunks, vague in files:
            names[ident] = path
            lines = list(unpacked(chunks))
            found[repr(path)] = [size, kind, language, digest, lines, [], [], set(), set(), vague]
        for ident, *definition in db.execute("SELECT * FROM defs ORDER BY line, name"):
            found[repr(names[ident])][5].append(definition)
        for ident, references in db.execute("SELECT * FROM refs"):
            found[repr(names[ident])][6].append(references)
        db.execute(
            f"CREATE VIRTUAL TABLE temp.t USING fts5vocab(main, text_{generation}, instance)"
        )
        words: set[str] = set()
        for term, row, column, place in db.execute("SELECT term, doc, col, offset FROM temp.t"):
            words.update([term] if column == "words" else ())
            ident, chunk = divmod(row, CHUNKS_OF_A_FILE)
            if ident in names:
                found[repr(names[ident])][7].add((chunk, column, place, term))
        db.execute(
            f"CREATE VIRTUAL TABLE temp.g USING fts5vocab(main, rest_{generation}, instance)"
        )
        for term, ident in db.execute("SELECT term, doc FROM temp.g"):
            words.add(term)
            if ident in names:
                found[repr(names[ident])][8].add(term)
        pieces = [piece for (piece,) in db.execute(f"SELECT words FROM lexicon_{generation}")]
        assert all(piece[0] == piece[-1] == "\n" for piece in pieces)
        assert words <= set("".join(pieces).split("\n"))
        return found
    finally:
        db.close()
