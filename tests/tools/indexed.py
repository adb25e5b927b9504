"""A bench whose workspace is indexed, without the indexer's process."""

from __future__ import annotations

import weakref
from dataclasses import replace
from pathlib import Path

from arriero.index.buffers import LaidBuffers
from arriero.index.searcher import Searched, Searcher
from arriero.index.status import IndexStatus
from arriero.index.workspace import WorkspaceIndex
from index.harness import Disk, settle
from tools.bench import Bench
from workspace.user import User


class Indexed:
    """A folder, its user and its index; `index` is as `build` left it."""

    def __init__(self, folder: Path) -> None:
        self.disk = Disk(folder)
        self.user = User(Path(self.disk.root))
        self.index = WorkspaceIndex(self.disk.root, folder / "cache", lambda _: None)
        self.note = ""
        weakref.finalize(self, self.index.close)  # Python 3.13 complains of what is left open

    def build(self) -> None:
        """Index what is on disk, and have the index say that it is up to date."""
        build = self.disk.build(self.index.folder)
        settle(build)
        count = build.files
        build.close()
        self.index.take_in(IndexStatus(self.disk.root, "ready", files=count, writes=True))

    def searcher(self, least_files: int = 0) -> Searcher:
        """Return what searches it."""
        laid = LaidBuffers(self.index)
        return Searcher(
            lambda: [Searched(self.index, laid, self.note)], self.user.all, least_files=least_files
        )

    def bench(self) -> Bench:
        """Return a bench whose tools have the index."""
        bench = Bench(self.user)
        bench.context = replace(bench.context, searcher=self.searcher())
        return bench
