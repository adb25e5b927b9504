"""The workspace as a run sees it: its own proposed text, else the editor's, else the file's."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from arriero.workspace.absorb import Absorber, Write
from arriero.workspace.answers import Absorbed, Diff, FolderListing
from arriero.workspace.buffers import Buffers
from arriero.workspace.confine import Confinement
from arriero.workspace.encoding import Document
from arriero.workspace.errors import (
    AlreadyExists,
    FileMissing,
    IsDirectory,
    NotDirectory,
)
from arriero.workspace.files import Listing
from arriero.workspace.locate import Locator
from arriero.workspace.matching import check_rewrite
from arriero.workspace.permit import check_creatable, check_text, check_writable
from arriero.workspace.proposal import Draft, Proposal
from arriero.workspace.revise import edited, rewritten
from arriero.workspace.seen import Seen
from arriero.workspace.staging import Staging
from arriero.workspace.tree import Tree
from arriero.workspace.usertexts import UserTexts
from arriero.workspace.withheld import Withheld

_HINT_SECONDS = 1.0


class WorkspaceView:
    """One run's view. Every method may be called from any thread and may block on the disk.

    Paths are taken in any form that `locate` understands, and given as canonical ones. All errors
    are `WorkspaceError`s whose text is fit for a model. Nothing is ever written to the workspace:
    edits are staged, and `proposal` says what they amount to.
    """

    def __init__(
        self,
        roots: Sequence[str],
        buffers: Buffers,
        *,
        allowed_dirs: Sequence[str] = (),
        exclude: Sequence[str] = (),
        unseen: Sequence[str] = (),
        unchanged: Sequence[str] = (),
    ) -> None:
        """Take the workspace's canonical folders, the open documents, and further folders.

        What matches `exclude`, patterns as in an ignore file, is not listed. Files that match
        `unseen` are not there for commands, and what commands change of `unchanged` is left out.
        """
        self.roots = tuple(roots)
        further = [os.path.realpath(os.path.expanduser(folder)) for folder in allowed_dirs]
        self._confinement = Confinement([*roots, *further])
        self._user = UserTexts(self._confinement, buffers)
        self._staging = Staging(self._user)
        self._tree = Tree(self.roots, self._user, self._staging, exclude)
        self._locator = Locator(self.roots, self._confinement, buffers, self._tree.exists)
        self._seen = Seen(self.display)
        self._unseen = Withheld(roots, unseen)
        self._unchanged = Withheld(roots, (*unseen, *unchanged))
        self._laid: dict[str, str | None] = {}
        self._lock = threading.RLock()

    def locate(self, path: str) -> str:
        """Return the canonical path of what may or may not be there; see `Locator.locate`."""
        with self._lock:
            return self._locator.locate(path)

    def display(self, path: str) -> str:
        """Return a canonical path as it is shown; `locate` finds it again."""
        return self._confinement.display(path)

    def withholds(self, path: str) -> bool:
        """Tell whether rules keep a file from the run."""
        return self.locate(path) in self._unseen

    def exists(self, path: str) -> bool:
        """Tell whether there is a file or a folder."""
        with self._lock:
            return self._tree.exists(self._locator.locate(path))

    def is_directory(self, path: str) -> bool:
        """Tell whether there is a folder."""
        with self._lock:
            return self._tree.is_directory(self._locator.locate(path))

    def entries(self, path: str, listed: Collection[str] = ()) -> FolderListing:
        """List a folder; raises `FileMissing` and `NotDirectory`.

        `listed` are names in it of which it is known that they are not ignored.
        """
        with self._lock:
            folder = self._locator.locate(path)
            if not self._tree.exists(folder):
                raise self._missing(folder)
            if not self._tree.is_directory(folder):
                shown = self.display(folder)
                raise NotDirectory(f"{shown} is a file, not a folder; read it with read_file.")
            return self._tree.entries(folder, listed)

    def listing(self, under: str | None = None) -> Listing:
        """List the files beneath a folder, or of the whole workspace, that are not ignored."""
        folders = self.roots
        if under is not None:
            with self._lock:
                folders = (self._locator.locate(under),)
        # Not under the lock: the disk may take seconds, and others want one file only.
        return self.laid_over(self._tree.on_disk(folders), under)

    def laid_over(self, listing: Listing, under: str | None = None) -> Listing:
        """Return what is known to be on disk, as `listing`, with the proposal and unsaved files."""
        with self._lock:
            folders = self.roots if under is None else (self._locator.locate(under),)
            return self._tree.with_proposal(listing, folders)

    def files(self, under: str | None = None) -> Iterator[str]:
        """Iterate over `listing`, whether or not it is complete."""
        return iter(self.listing(under).paths)

    def read(self, path: str) -> Document:
        """Return a text, and remember that the model has seen it.

        Where the user changed what the run had changed, the user's text is shown and `notice` says
        so. Raises `FileMissing`, `IsDirectory`, `NotText`, `TooLarge`, `Unreadable`.
        """
        with self._lock:
            document = self._document(self._locator.locate(path))
            self._seen.note(document.path, document.text)
            return replace(document, notice=self._seen.untold(document.path))

    def peek(self, path: str) -> Document:
        """Return a text without remembering that it was seen; a canonical path is not resolved.

        Where the user changed what the run had changed, the run's text is shown.
        """
        with self._lock:
            known = self._confinement.root_of(path) is not None
            return self._document(
                path if known else self._locator.locate(path), drop_conflicts=False
            )

    def is_laid(self, path: str) -> bool:
        """Tell whether the view's text of a canonical path may differ from the file on disk."""
        with self._lock:
            return (
                self._staging.get(path) is not None
                or self._user.buffers.get(path) is not None
                or self._staging.moved_to(path) is not None
            )

    def edit(self, path: str, old: str, new: str, replace_all: bool = False) -> Diff:
        """Replace `old`, which occurs once, by `new`; with `replace_all` wherever it occurs.

        A file that changed since the model has seen it is edited only where `old` is found exactly.
        Raises the errors of `matching.find_edit`, `Conflict`, `ReadOnly` and those of `read`.
        """
        with self._lock:
            place = self._writable(path)
            document = self._document(place)
            stale = self._seen.stale(document)
            text = edited(document, old, new, replace_all=replace_all, stale=stale)
            self._check_text(document, text)
            self._staging.put(place, text, document)
            if not stale:
                self._seen.note(place, text)
            return Diff(place, document.text, text, self._seen.untold(place))

    def write(self, path: str, text: str) -> Diff:
        """Propose a whole text; folders on the way come by themselves.

        An existing file must have been read as it is now; its line ends, encoding and final newline
        are kept. Raises `NotSeen`, `Conflict`, `ReadOnly` and those of `matching.check_rewrite`.
        """
        with self._lock:
            place = self._writable(path)
            document = self._current(place)
            if document is None:
                check_creatable(place, self._confinement, self._tree)
                check_rewrite(None, text, place)
                self._check_text(Document(place, ""), text)
            else:
                if document.text:
                    self._seen.check_seen(document)
                text = rewritten(document, text)
                check_rewrite(document.text, text, place)
                self._check_text(document, text)
            self._staging.put(place, text, document)
            self._seen.note(place, text)
            return Diff(place, document.text if document else None, text)

    def delete(self, path: str) -> Diff:
        """Propose that a text file be deleted, as the model has seen it if it has."""
        with self._lock:
            place = self._writable(path)
            document = self._document(place)
            self._seen.check_fresh(document)
            self._staging.delete(place, document)
            return Diff(place, document.text, None)

    def rename(self, path: str, new: str) -> tuple[Diff, Diff]:
        """Propose another path for a text file; returns what became of the old and the new one."""
        with self._lock:
            place, target = self._writable(path), self._writable(new)
            document = self._document(place)
            if self._tree.exists(target):
                raise AlreadyExists(f"{self.display(target)} exists; give a name that is free.")
            check_creatable(target, self._confinement, self._tree)
            self._staging.rename(place, target, document)
            self._seen.moved(place, target)
            return Diff(place, document.text, None), Diff(target, None, document.text)

    def overlay(self) -> dict[str, bytes | None]:
        """Return what a command must see instead of the disk: path to bytes, None for no file.

        These are unsaved documents and the proposal, in each file's own encoding. `absorb` takes
        the changes of a command relative to the newest overlay.
        """
        with self._lock:
            for path, _ in list(self._staging.items()):
                self._staging.settle(path, drop_conflicts=False)
            documents = dict(self._tree.laid())
            documents |= dict.fromkeys(self._unseen.files())
            documents |= {path: None for path in documents if path in self._unseen}
            self._laid = {path: d.text if d else None for path, d in documents.items()}
            return {path: d.to_bytes() if d else None for path, d in documents.items()}

    def absorb(self, writes: Iterable[Write]) -> Absorbed:
        """Let what a command changed join the proposal; the user's newer changes are kept."""
        with self._lock:
            absorber = Absorber(self._user, self._staging, self._laid, self._current)
            wanted = list(writes)
            refused = tuple(
                f"{self.display(one.path)} may not be changed by a command; propose it as an edit"
                for one in wanted
                if one.path in self._unchanged
            )
            absorbed = absorber.absorb(one for one in wanted if one.path not in self._unchanged)
            skipped = (*absorbed.skipped, *refused, *self._seen.all_untold())
            return replace(absorbed, skipped=skipped)

    def proposal(self, run_id: str, session_id: str, label: str) -> Proposal:
        """Return what the run's edits amount to, for the user's texts of now.

        Where the user changed the same lines, the proposal is for the text that it was made for,
        and whoever applies it finds that out.
        """
        with self._lock:
            for path, _ in list(self._staging.items()):
                self._staging.settle(path, drop_conflicts=False)
            drafts = [
                Draft(
                    staged.origin, staged.base, staged.text, None if path == staged.origin else path
                )
                for path, staged in self._staging.items()
            ]
            return Proposal.of(run_id, session_id, label, drafts)

    def _document(self, path: str, *, drop_conflicts: bool = True) -> Document:
        document = self._current(path, drop_conflicts=drop_conflicts)
        if document is not None:
            return document
        if self._tree.is_directory(path):
            raise IsDirectory(f"{self.display(path)} is a folder; list it with list_directory.")
        raise self._missing(path)

    def _current(self, path: str, *, drop_conflicts: bool = True) -> Document | None:
        dropped = self._staging.settle(path, drop_conflicts=drop_conflicts)
        if dropped:
            self._seen.dropped(path, dropped)
        staged = self._staging.get(path)
        if staged is not None:
            text = staged.text
            return None if text is None else Document(path, text, staged.encoding, "proposal")
        return None if self._staging.moved_to(path) else self._user.document(path)

    def _writable(self, path: str) -> str:
        place = self._locator.locate(path)
        check_writable(place, self._confinement)
        return place

    def _check_text(self, document: Document, text: str) -> None:
        check_text(document, text, self.display(document.path), self._user.limit)

    def _hints(self) -> tuple[str, ...]:
        """List the workspace, as far as a moment allows."""
        return self.laid_over(self._tree.on_disk(self.roots, _HINT_SECONDS)).paths

    def _missing(self, path: str) -> FileMissing:
        error = self._locator.missing(path, self._hints)
        untold = self._seen.untold(path)
        return FileMissing(f"{untold} {error}") if untold else error
