"""The texts that a run proposes, kept up to date with what the user does meanwhile.

Not safe for threads by itself: the view guards it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from arriero.workspace.diff import diff
from arriero.workspace.encoding import Document, Encoding
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.rebase import merged
from arriero.workspace.usertexts import UserTexts


@dataclass(frozen=True)
class Staged:
    """One proposed file.

    `base` is the user's text at `origin` that the proposal is for, None for a file to be created;
    `text` is what is proposed, None for a file to be deleted. Where the key in `Staging` is not
    `origin`, the file is to be renamed.
    """

    origin: str
    base: str | None
    text: str | None
    encoding: Encoding = "utf-8"


class Staging:
    """Proposed files by the path that they will have."""

    def __init__(self, user: UserTexts) -> None:
        """Take what answers for the user's side."""
        self._user = user
        self._files: dict[str, Staged] = {}

    def get(self, path: str) -> Staged | None:
        """Return what is proposed for a path, a deletion included."""
        return self._files.get(path)

    def items(self) -> Iterator[tuple[str, Staged]]:
        """Return all proposed files by path, sorted."""
        return iter(sorted(self._files.items()))

    def moved_to(self, path: str) -> str | None:
        """Return where the user's file at `path` is to be renamed to."""
        return next((p for p, s in self._files.items() if s.origin == path != p), None)

    def put(self, path: str, text: str, document: Document | None) -> None:
        """Propose a text; `document` is what the view shows at `path` now."""
        self._split_move(path)
        staged = self._files.get(path)
        if staged is None:
            base = document.text if document else None
            encoding = document.encoding if document else "utf-8"
            staged = Staged(path, base, text, encoding)
        self._keep(path, replace(staged, text=text))

    def delete(self, path: str, document: Document) -> None:
        """Propose that a file be deleted."""
        staged = self._files.pop(path, None)
        if staged is None:
            staged = Staged(path, document.text, document.text, document.encoding)
        if staged.base is not None:
            self._files[staged.origin] = replace(staged, text=None)

    def rename(self, path: str, new: str, document: Document) -> None:
        """Propose another path for a file; the view shows nothing at `new`."""
        staged = self._files.pop(path, None)
        if staged is None:
            staged = Staged(path, document.text, document.text, document.encoding)
        self._split_move(new)
        replaced = self._files.get(new)
        if replaced is None:
            self._keep(new, replace(staged, origin=new) if staged.base is None else staged)
            return
        # A file that is to be deleted is there: it gets the text instead.
        self._keep(new, replace(replaced, text=staged.text))
        if staged.base is not None:
            self._files[staged.origin] = replace(staged, text=None)

    def settle(self, path: str, *, drop_conflicts: bool) -> int:
        """Carry a proposed file over to the user's current text.

        What the user has already is proposed no longer. With `drop_conflicts` the user wins where
        both changed the same; else a proposal with conflicts stays for the text it was made for.
        Returns the number of changes that were dropped.
        """
        staged = self._files.get(path)
        if staged is None:
            return 0
        try:
            now = self._user.text(staged.origin).text
            if now == staged.base:
                return 0
            if self._is_done(path, staged, now):
                del self._files[path]
                return 0
        except WorkspaceError:  # it is no text any more
            now = None
        if now is None or staged.base is None or staged.text is None:
            if drop_conflicts:
                del self._files[path]
            return int(drop_conflicts)
        text, rebased = merged(staged.base, diff(staged.base, staged.text), now)
        if rebased.conflicts and not drop_conflicts:
            return 0
        self._keep(path, replace(staged, base=now, text=text))
        return rebased.conflicts

    def _is_done(self, path: str, staged: Staged, now: str | None) -> bool:
        if path == staged.origin:
            return now == staged.text
        return now is None and self._user.text(path).text == staged.text

    def _keep(self, path: str, staged: Staged) -> None:
        if path == staged.origin and staged.base == staged.text:
            self._files.pop(path, None)
        else:
            self._files[path] = staged

    def _split_move(self, path: str) -> None:
        """Make a rename away from `path` a deletion and a creation: `path` is wanted again."""
        target = self.moved_to(path)
        if target is not None:
            moved = self._files[target]
            self._files[target] = Staged(target, None, moved.text, moved.encoding)
            self._files[path] = replace(moved, text=None)
