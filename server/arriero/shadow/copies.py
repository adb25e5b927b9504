"""Copies of all folders of a workspace, in which a command runs instead of the folders."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from arriero.shadow.changes import Changes, Ignored, Listing
from arriero.shadow.paths import files_in
from arriero.shadow.removal import remove_tree
from arriero.shadow.tree import CopiedTree
from arriero.shadow.types import ShadowError

Files = Mapping[str, bytes | None]


class Copies:
    """Only to be touched in a thread, while no command runs in them."""

    def __init__(
        self, roots: Sequence[str], folder: Path, *, ignored: Ignored, listing: Listing
    ) -> None:
        """`folder` becomes the folder of the copies."""
        self._folder = folder
        self._ignored = ignored
        self._listing = listing
        self._trees = tuple(
            CopiedTree(root, folder / str(number)) for number, root in enumerate(roots)
        )

    @property
    def folders(self) -> tuple[str, ...]:
        """Where they are, in the order of the workspace's folders."""
        return tuple(tree.copy for tree in self._trees)

    @property
    def places(self) -> list[tuple[str, str]]:
        """Each folder of the workspace with its copy."""
        return [(tree.root, tree.copy) for tree in self._trees]

    def sync(self, files: Files) -> None:
        """Make them what the user has, with texts laid over. Raises ShadowError."""
        try:
            for tree in self._trees:
                tree.sync(files_in(tree.root, files), self._listing)
        except OSError as error:
            raise ShadowError(
                f"The copy for the command cannot be made ({error.strerror}: {error.filename}); "
                "free some space, then try again."
            ) from error

    def read_back(self, files: Files, began: int) -> list[Changes]:
        """Return what a command changed. Raises ShadowError."""
        try:
            return [
                tree.read_back(files_in(tree.root, files), began, ignored=self._ignored)
                for tree in self._trees
            ]
        except OSError as error:
            raise ShadowError(
                f"What the command changed cannot be read ({error}); run it again."
            ) from error

    def mend(self) -> None:
        """Take out what a command left and what is not ignored. Raises OSError."""
        for tree in self._trees:
            tree.mend()

    def remove(self) -> None:
        """Remove them from the disk. Raises OSError."""
        remove_tree(os.fspath(self._folder))

    def replace(self, text: str, *, to_copy: bool) -> str:
        """Put the copies' paths for the user's, or back: commands and outputs may name them."""
        for tree in self._trees:
            old, new = (tree.root, tree.copy) if to_copy else (tree.copy, tree.root)
            pattern = rf"(?<![\w./-]){re.escape(old)}(?![\w.-])" if to_copy else re.escape(old)
            text = re.sub(pattern, lambda _, new=new: new, text)  # type: ignore[misc]
        return text
