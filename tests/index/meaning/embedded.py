"""A workspace with an index whose texts a test embeds; close texts share words."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from arriero.index.indexer.work import Options
from arriero.index.meaning.folder import Folder, Model
from arriero.index.meaning.store import VectorStore
from arriero.index.reader import Reader
from index.harness import Disk, settle

LENGTH = 64


def vector(text: str, length: int = LENGTH) -> list[float]:
    """Add up a direction for each word."""
    found = [0.0] * length
    found[0] = 0.01
    for word in re.findall(r"[a-z]+", text.lower()):
        digest = hashlib.sha256(word.encode()).digest()
        found[int.from_bytes(digest[:4], "big") % length] += 1.0 if digest[4] % 2 else -1.0
    return found


class Embedded:
    """Files on disk, their index and their vectors; `asked` are the texts that were embedded."""

    def __init__(self, folder: Path, cache: Path, *, most: int = 10_000) -> None:
        self.disk = Disk(folder, Options(knowledge=False))
        self.cache = cache
        self.most = most
        self.asked: list[str] = []
        self.open()

    def open(self, key: str = "model") -> None:
        """Begin as a process does that has just started."""
        self.store = VectorStore(self.cache, 50_000_000)
        model = Model(*self.store.model(key))
        self.folder = Folder(self.disk.root, self.disk.index, self.store, model, self.most)

    def close(self) -> None:
        self.folder.close()
        self.store.close()

    def index(self) -> None:
        """Bring the index up to date."""
        build = self.disk.build()
        settle(build)
        build.close()

    def embed(self, most: int = 7, length: int = LENGTH) -> bool:
        """Embed some texts; False where there are none."""
        batch = self.folder.next(most, 100_000, 10.0)
        self.asked += [text for _, text in batch]
        if batch:
            self.folder.put([(digest, vector(text, length)) for digest, text in batch])
        return bool(batch)

    def settle(self) -> None:
        """Bring the index and the vectors up to date."""
        self.index()
        self.folder.refresh()
        while self.embed():
            continue
        assert self.folder.looked

    def near(self, question: str, limit: int = 5) -> list[tuple[str, int, int]]:
        """Return names, first and last lines of what is close."""
        rows = self.folder.nearest(vector(question), limit).rows
        reader = Reader(self.disk.root, self.disk.index)
        with reader.read() as snapshot:
            found = [
                (path.removeprefix(f"{self.disk.root}/"), line, end_line)
                for _, path, line, end_line in snapshot.places(rows)
            ]
        reader.close()
        return found
