"""A workspace whose index is as complete as a test wants it."""

from __future__ import annotations

import sqlite3
import weakref
from pathlib import Path

from arriero.index import history, ranks
from arriero.index.indexer.work import Options
from arriero.index.paths import DATABASE
from arriero.index.status import IndexStatus
from arriero.index.workspace import WorkspaceIndex
from index.harness import Disk, settle


class Searched:
    """Files on disk; `index` is asked for what `build` made of them."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        self.disk = Disk(folder, Options(knowledge=False))
        for name, text in files.items():
            self.disk.write(name, text)
        self.index = WorkspaceIndex(self.disk.root, folder / "cache", lambda _: None)
        weakref.finalize(self, self.index.close)  # Python 3.13 complains of what is left open

    def build(self) -> WorkspaceIndex:
        """Index what is on disk now, with its history and ranks."""
        build = self.disk.build(self.index.folder)
        settle(build)
        build.close()
        db = sqlite3.connect(self.index.folder / DATABASE, isolation_level=None)
        history.update(db, self.disk.root)
        ranks.update(db)
        db.close()
        self.index.take_in(IndexStatus(self.disk.root, "ready", writes=True))
        return self.index

    def path(self, name: str) -> str:
        return f"{self.disk.root}/{name}"

    def name(self, path: str) -> str:
        return path.removeprefix(f"{self.disk.root}/")
