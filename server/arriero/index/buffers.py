"""Lays the editors' unsaved texts over an index, just before it is searched."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from arriero.index.catalogue import Stamp, look
from arriero.index.paths import relative
from arriero.index.reader import NoIndex
from arriero.index.workspace import WorkspaceIndex
from arriero.workspace.buffers import Buffer, NoBuffers
from arriero.workspace.confine import Confinement
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.files import ignored_among
from arriero.workspace.usertexts import UserTexts


class LaidBuffers:
    """What is laid over one index. Safe to use from any thread; reads files that are open."""

    def __init__(self, index: WorkspaceIndex) -> None:
        self._index = index
        self._texts = UserTexts(Confinement([index.root]), NoBuffers())
        self._judged: dict[str, _Judged] = {}
        self._lock = threading.Lock()

    def sync(self, buffers: Iterable[Buffer]) -> None:
        """Lay exactly those of these buffers that are not as the index knows them; of two the last.

        What was just saved is as its file, and the index may not know that yet. An ignored file is
        not found because it is open.
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
        judged = self._judged.get(path)
        stamp = look(path)
        if judged is None or judged.text is not text or judged.stamp != stamp:
            judged = self._judged[path] = _Judged(text, stamp, self._differs(path, text, stamp))
        if stamp is None:
            return judged.differs
        try:
            with self._index.reader.read() as snapshot:
                row = snapshot.file(relative(self._index.root, path) or b"")
        except NoIndex:
            return judged.differs
        if row is not None:
            return judged.differs or row.stamp != stamp
        if judged.ignored is None:  # or new, and not indexed yet
            root, exclude = self._index.root, self._index.exclude
            judged.ignored = bool(ignored_among(root, [path], exclude=exclude))
        return not judged.ignored

    def _differs(self, path: str, text: str, stamp: Stamp | None) -> bool:
        if stamp is None:
            return True
        try:
            document = self._texts.file(path)
        except WorkspaceError:  # binary, too large, not to be read: the editor could
            return True
        return document is None or document.text != text


@dataclass
class _Judged:
    """What was found out of a buffer with a text, while its file had a stamp."""

    text: str
    stamp: Stamp | None
    differs: bool
    ignored: bool | None = None
