"""Texts kept under the hash of what they say: each is stored once and never changes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from pathlib import Path

from arriero.workspace.atomic import write_atomically
from arriero.workspace.errors import WorkspaceError

_MOST_SEEN = 10_000


class BlobLost(WorkspaceError):
    """A stored text is not there any more, or is damaged."""


class Blobs:
    """A folder of compressed texts; several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not be there yet."""
        self._folder = folder
        self._seen: set[str] = set()  # keys of what this process has found whole, or written

    def put(self, text: str) -> str:
        """Store a text and return its key, the SHA-256 of its UTF-8 in hex; raises OSError."""
        data = text.encode("utf-8", "surrogatepass")
        key = hashlib.sha256(data).hexdigest()
        path = self._path(key)
        try:
            os.utime(path)  # so that it is not old when a record begins to speak of it
        except FileNotFoundError:
            write_atomically(path, zlib.compress(data))
        else:
            if key not in self._seen and not self._is_whole(key):
                write_atomically(path, zlib.compress(data))
        if len(self._seen) < _MOST_SEEN:
            self._seen.add(key)
        return key

    def get(self, key: str) -> str:
        """Return the text of a key; raises BlobLost."""
        try:
            data = zlib.decompress(self._path(key).read_bytes())
        except (OSError, zlib.error) as error:
            raise BlobLost(f"The stored text {key[:12]} is lost: {error}.") from error
        if hashlib.sha256(data).hexdigest() != key:
            raise BlobLost(f"The stored text {key[:12]} is damaged; it cannot be used.")
        return data.decode("utf-8", "surrogatepass")

    def sizes(self) -> dict[str, int]:
        """Return the bytes on disk of each text, by its key."""
        found = {}
        for path in self._folder.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):  # collected by another daemon meanwhile
                found[path.parent.name + path.name] = path.stat().st_size
        return found

    def _is_whole(self, key: str) -> bool:
        """Tell whether what is stored can be used: a disk may have damaged it since."""
        try:
            self.get(key)
        except BlobLost:
            return False
        return True

    def keep_only(self, keys: set[str], older_than: float) -> int:
        """Delete blobs that are not among `keys` and were written before a Unix time.

        Returns how many were deleted. What is newer may belong to a record that is being written.
        """
        deleted = 0
        for path in self._folder.glob("??/*"):
            if path.parent.name + path.name in keys:
                continue
            with contextlib.suppress(FileNotFoundError):  # another daemon was quicker
                deleted += path.stat().st_mtime < older_than and _removed(path, older_than)
        return deleted

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:]


def _removed(path: Path, older_than: float) -> bool:
    """Delete a text unless somebody is about to speak of it: who does makes it new, or anew."""
    aside = path.with_name(f".gone-{path.name}")
    path.rename(aside)
    if aside.stat().st_mtime >= older_than:
        aside.replace(path)
        return False
    aside.unlink()
    return True
