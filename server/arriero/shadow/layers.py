"""The layers over all folders of a workspace: one set for the session, one for each job."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from arriero.shadow.changes import Changes, Ignored, Listing
from arriero.shadow.launcher.spec import Overlay
from arriero.shadow.layer import Layer
from arriero.shadow.paths import files_in
from arriero.shadow.readback import ReadBack, read_back
from arriero.shadow.removal import remove_tree
from arriero.shadow.types import ShadowError

Files = Mapping[str, bytes | None]


class Layers:
    """Only to be touched in a thread, while no command runs in them."""

    def __init__(
        self,
        roots: Sequence[str],
        folder: Path,
        *,
        ignored: Ignored,
        listing: Listing,
        name: str = "",
        bases: Sequence[tuple[str, ...]] = (),
    ) -> None:
        """`folder` holds them; `name` tells them from others; `bases` lie beneath, by folder."""
        self._ignored = ignored
        self._listing = listing
        self._folder = folder
        self._layers = tuple(
            Layer(root, folder / f"{name}{number}", bases[number] if bases else ())
            for number, root in enumerate(roots)
        )
        # What was laid for a command that has not been read back.
        self._dirty: Files | None = None

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """What the launcher mounts."""
        return tuple(Overlay(layer.root, layer.name, layer.bases) for layer in self._layers)

    def lay(self, files: Files) -> None:
        """Lay texts over the workspace's files. Raises ShadowError."""
        try:
            if self._dirty is not None:
                # The command before was cancelled: what it did is nobody's.
                for done in self._read(self._dirty, 0):
                    done.reset()
            self._dirty = files
            for layer in self._layers:
                layer.lay(files_in(layer.root, files))
        except OSError as error:
            raise ShadowError(
                f"The shadow cannot be written ({error.strerror}: {error.filename}); "
                "free some space or change the owner of the file, then try again."
            ) from error

    def read(self, files: Files, began: int) -> list[ReadBack]:
        """Return what changed; `settle` must follow. Raises ShadowError."""
        try:
            return self._read(files, began)
        except OSError as error:
            raise ShadowError(
                f"What the command changed cannot be read ({error}); run it again."
            ) from error

    def settle(self, done: Sequence[ReadBack]) -> None:
        """Leave in the layers what stays warm. Raises OSError; then `lay` tries it again."""
        for one in done:
            one.reset()
        self._dirty = None

    def freeze(self, *, used: bool) -> list[tuple[str, ...]]:
        """Return bases for other layers that see what these have now, and see it for good.

        `used`: earlier ones are in use. Raises ShadowError.
        """
        try:
            for layer in self._layers:
                layer.freeze(used=used)
        except OSError as error:
            raise ShadowError(
                f"The shadow cannot be written ({error.strerror}: {error.filename}); "
                "free some space, then try again."
            ) from error
        return [layer.bases for layer in self._layers]

    def remove(self) -> None:
        """Remove them from the disk. Raises OSError."""
        for layer in self._layers:
            remove_tree(os.fspath(self._folder / layer.name))

    def _read(self, files: Files, began: int) -> list[ReadBack]:
        return [
            read_back(
                layer,
                files_in(layer.root, files),
                began,
                ignored=self._ignored,
                listing=self._listing,
            )
            for layer in self._layers
        ]


def changes_of(done: Sequence[ReadBack]) -> list[Changes]:
    """Return what changed in each folder."""
    return [one.changes for one in done]
