"""Lays the editors' unsaved texts over an index, just before it is searched."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from arriero.index.catalogue import Stamp, look
from arriero.index.paths import relative
from arriero.index.reader import NoIndex
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.buffers import Buffer, NoBuffers
from arriero.workspace.confine import Confinement
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.usertexts import UserTexts


class LaidBuffers:
    """What is laid over one index. Safe to use from any thread; reads files that are open."""

    def __init__(self, index: WorkspaceIndex) -> None:
        self._index = index
        self._texts = UserTexts(Confinement([index.root]), NoBuffers())
        self._judged: dict[str, tuple[str, Stamp | None, bool]] = {}
        self._lock = threading.Lock()

    def sync(self, buffers: Iterable[Buffer]) -> None:
        """Lay exactly those of these buffers that are not as their files; of two the last.

        An ignored file is not found because it is open.
        """
        root = self._index.root
        wanted = {b.path: b.text for b in buffers if relative(root, b.path) is not None}
        with self._lock:
            laid = self._index.overlay.texts()
            for path in [path for path in laid if path not in wanted]:
                self._index.lift(path)
            self._judged = {path: old for path, old in self._judged.items() if path in wanted}
            for path, text in wanted.items():
                if not self._counts(path, text):
                    self._index.lift(path)
                elif path not in laid or laid[path].text != text:
                    self._index.lay(path, text)

    def _counts(self, path: str, text: str) -> bool:
        stamp = look(path)
        known = self._judged.get(path)
        if known is None or known[0] is not text or known[1] != stamp:
            known = (text, stamp, stamp is None or (self._differs(path, text)))
            self._judged[path] = known
        return known[2] and (stamp is None or self._is_listed(path))

    def _differs(self, path: str, text: str) -> bool:
        try:
            document = self._texts.file(path)
        except WorkspaceError:  # binary, too large, not to be read: the editor could
            return True
        return document is None or document.text != text

    def _is_listed(self, path: str) -> bool:
        name = relative(self._index.root, path)
        try:
            with self._index.reader.read() as snapshot:
                return name is not None and snapshot.file(name) is not None
        except NoIndex:
            return True
