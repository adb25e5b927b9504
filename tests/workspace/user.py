"""The user's side of a workspace for tests: files on disk and open documents."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from arriero.workspace.buffers import Buffer
from arriero.workspace.view import WorkspaceView


class User:
    """Owns a folder and the documents that are open in the editor; also a `Buffers`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.open: dict[str, Buffer] = {}

    def path(self, name: str) -> str:
        return name if name.startswith("untitled:") else str(self.root / name)

    def save(self, name: str, content: str | bytes = "") -> str:
        """Write a file, with the folders it needs."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def type(self, name: str, text: str) -> None:
        """Have this text in the editor, unsaved."""
        path = self.path(name)
        version = self.open[path].version if path in self.open else 0
        self.open[path] = Buffer(path, text, (version or 0) + 1)

    def close(self, name: str) -> None:
        del self.open[self.path(name)]

    def get(self, path: str) -> Buffer | None:
        return self.open.get(path)

    def all(self) -> Iterable[Buffer]:
        return tuple(self.open.values())


def proposed(view: WorkspaceView) -> dict[str, tuple[str, str | None, str | None]]:
    """What is proposed: name to kind, text and new name."""
    return {
        view.display(file.path): (
            file.kind,
            file.proposed,
            view.display(file.new_path) if file.new_path else None,
        )
        for file in view.proposal("run", "session", "label").files
    }
