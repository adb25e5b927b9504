"""Files and folders as the view shows them: the disk, unsaved files and the proposal together."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Collection, Iterator, Sequence

from arriero.workspace.answers import Entry, FolderListing
from arriero.workspace.confine import is_beneath
from arriero.workspace.encoding import Document
from arriero.workspace.errors import TooLarge, WorkspaceError
from arriero.workspace.files import MOST_SECONDS, Listing, ignored_among, list_files
from arriero.workspace.staging import Staging
from arriero.workspace.uris import is_uri
from arriero.workspace.usertexts import UserTexts


class Tree:
    """Answers what is where. Paths are canonical."""

    def __init__(
        self, roots: Sequence[str], user: UserTexts, staging: Staging, exclude: Sequence[str] = ()
    ) -> None:
        """`roots` are the workspace's folders, which alone are laid over the disk for commands.

        What matches `exclude`, patterns as in an ignore file, is not listed.
        """
        self._roots = roots
        self._exclude = tuple(exclude)
        self._user = user
        self._confinement = user.confinement
        self._staging = staging

    def exists(self, path: str) -> bool:
        """Tell whether there is a file or folder; raises as `Confinement.stat`."""
        staged = self._staging.get(path)
        if staged is not None:
            return staged.text is not None
        if self._staging.moved_to(path) is not None:
            return False
        if self._user.buffers.get(path) is not None:
            return True
        return not is_uri(path) and (
            self._confinement.stat(path) is not None or self._is_implied(path)
        )

    def is_directory(self, path: str) -> bool:
        """Tell whether there is a folder, also one that only the proposal makes."""
        if is_uri(path):
            return False
        facts = self._confinement.stat(path)
        if facts is not None:
            return stat.S_ISDIR(facts.st_mode)
        return self._is_implied(path)

    def entries(self, folder: str, listed: Collection[str] = ()) -> FolderListing:
        """List a folder; ignored entries are counted only, unless the folder itself is ignored.

        Of the names in `listed` it is known that they are not ignored.
        Raises `NotDirectory`, `FileMissing` and what `Confinement.scan` raises.
        """
        found = {entry.name: entry for entry in self._scanned(folder)}
        unclear = [entry.path for name, entry in found.items() if name not in listed]
        ignored = self._ignored(folder, unclear) if unclear else frozenset()
        shown = {name: entry for name, entry in found.items() if entry.path not in ignored}
        for name, entry in found.items():
            staged = self._staging.get(entry.path)
            gone = staged is not None and staged.text is None
            if gone or self._staging.moved_to(entry.path) is not None:
                shown.pop(name, None)
        for path, text in self._beyond_disk():
            if path != folder and is_beneath(path, folder):
                name, *deeper = os.path.relpath(path, folder).split("/")
                here = os.path.join(folder, name)
                size = 0 if deeper else len(text.encode("utf-8", "surrogatepass"))
                shown[name] = Entry(name, here, bool(deeper), is_link=False, size=size)
        left_out = sum(name not in shown and e.path in ignored for name, e in found.items())
        return FolderListing(tuple(shown[name] for name in sorted(shown)), left_out)

    def on_disk(self, folders: Sequence[str], seconds: float = MOST_SECONDS) -> Listing:
        """List the files beneath some folders that are not ignored; looks at the disk alone."""
        deadline = time.monotonic() + seconds
        paths: list[str] = []
        complete = True
        for folder in folders:
            if self._confinement.stat(folder) is not None:
                listing = list_files(
                    folder,
                    root=self._confinement.root_of(folder),
                    seconds=max(deadline - time.monotonic(), 0.1),
                    exclude=self._exclude,
                )
                paths += listing.paths
                complete = complete and listing.complete
        return Listing(tuple(sorted(paths)), complete)

    def with_proposal(self, listing: Listing, folders: Sequence[str]) -> Listing:
        """Return a listing of the disk with what is staged or not yet saved in these folders."""
        gone: set[str] = set()
        for path, staged in self._staging.items():
            if staged.text is None:
                gone.add(path)
            if staged.origin != path:
                gone.add(staged.origin)
        more = {
            path
            for path, _ in self._beyond_disk()
            if any(is_beneath(path, folder) for folder in folders)
        }
        if not gone and not more:
            return listing
        # To sort what is sorted but for its end is quick, unlike to sort a large set.
        kept = [path for path in listing.paths if path not in gone and path not in more]
        return Listing(tuple(sorted(kept + sorted(more))), listing.complete)

    def laid(self) -> Iterator[tuple[str, Document | None]]:
        """Return what differs from the disk in the workspace's folders, None for no file."""
        for path, staged in self._staging.items():
            if staged.origin != path and self._is_inside(staged.origin):
                yield staged.origin, None
            if self._is_inside(path):
                text = staged.text
                document = None if text is None else Document(path, text, staged.encoding)
                yield path, document
        for buffer in self._user.buffers.all():
            path = buffer.path
            if not self._is_inside(path) or self._is_staged(path):
                continue
            try:
                on_disk = self._user.file(path)
            except TooLarge:
                on_disk = None
            except WorkspaceError:  # binary, or not to be read: a command sees it as it is
                continue
            if on_disk is None or on_disk.text != buffer.text:
                encoding = on_disk.encoding if on_disk else "utf-8"
                yield path, Document(path, buffer.text, encoding)

    def _scanned(self, folder: str) -> list[Entry]:
        if self._confinement.stat(folder) is None and self._is_implied(folder):
            return []
        return [
            Entry(e.name, os.path.join(folder, e.name), e.is_directory, e.is_link, e.size)
            for e in self._confinement.scan(folder)
        ]

    def _ignored(self, folder: str, paths: Sequence[str]) -> frozenset[str]:
        root = self._confinement.root_of(folder)
        if root is None:
            return frozenset()
        ignored = ignored_among(root, [folder, *paths], exclude=self._exclude)
        if folder in ignored:
            return frozenset(path for path in paths if os.path.basename(path) == ".git")
        return ignored

    def _beyond_disk(self) -> Iterator[tuple[str, str]]:
        """Files with their texts that the disk does not have as they are."""
        for path, staged in self._staging.items():
            if staged.text is not None:
                yield path, staged.text
        for buffer in self._user.buffers.all():
            path = buffer.path
            if is_uri(path) or self._is_staged(path) or not self._confinement.root_of(path):
                continue
            if self._confinement.stat(path) is None:
                yield path, buffer.text

    def _is_inside(self, path: str) -> bool:
        return any(is_beneath(path, root) for root in self._roots)

    def _is_staged(self, path: str) -> bool:
        return self._staging.get(path) is not None or self._staging.moved_to(path) is not None

    def _is_implied(self, path: str) -> bool:
        return any(other != path and is_beneath(other, path) for other, _ in self._beyond_disk())
