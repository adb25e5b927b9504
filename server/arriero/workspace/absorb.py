"""What a command changed in the shadow joins the proposal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from arriero.workspace.answers import Absorbed, Diff
from arriero.workspace.diff import diff
from arriero.workspace.encoding import Document, decode
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.files import ignored_among
from arriero.workspace.permit import check_writable
from arriero.workspace.rebase import merged
from arriero.workspace.staging import Staging
from arriero.workspace.usertexts import UserTexts


class Write(Protocol):
    """A file as a command left it: an absolute path and its bytes, None where it was deleted."""

    @property
    def path(self) -> str: ...

    @property
    def content(self) -> bytes | None: ...


@dataclass(frozen=True)
class _Change:
    """The text that the command found, the one in the view now, and the one it left."""

    path: str
    before: str | None
    now: Document | None
    after: str | None

    @property
    def is_created(self) -> bool:
        return self.before is None and self.now is None and bool(self.after)

    @property
    def is_deleted(self) -> bool:
        unchanged = self.now is not None and self.now.text == self.before
        return self.after is None and unchanged


class Absorber:
    """Takes in the writes of one command."""

    def __init__(
        self,
        user: UserTexts,
        staging: Staging,
        laid: Mapping[str, str | None],
        current: Callable[[str], Document | None],
    ) -> None:
        """`laid`: texts that the command saw instead of the disk's; `current`: the view's now."""
        self._user = user
        self._staging = staging
        self._laid = laid
        self._current = current
        self._display = user.confinement.display
        self._skipped: list[str] = []

    def absorb(self, writes: Iterable[Write]) -> Absorbed:
        """Stage the writes that are text; the user's changes since the command began are kept."""
        wanted = sorted(writes, key=lambda write: write.path)
        ignored = self._ignored([write.path for write in wanted])
        changes: list[_Change] = []
        for write in wanted:
            if write.path in ignored:
                self._skip(write.path, "is ignored and stays in the shadow")
                continue
            try:
                changes.append(self._read(write))
            except WorkspaceError as error:
                self._skip(write.path, f"was left out: {error}")
        moved = self._renamed(changes)
        diffs = [diff for change in changes if (diff := self._staged(change, moved))]
        return Absorbed(tuple(diffs), tuple(self._skipped))

    def _ignored(self, paths: list[str]) -> frozenset[str]:
        by_root: dict[str, list[str]] = {}
        for path in paths:
            root = self._user.confinement.root_of(path)
            if root is not None and self._staging.get(path) is None:
                by_root.setdefault(root, []).append(path)
        sets = [ignored_among(root, inside, only_git=True) for root, inside in by_root.items()]
        return frozenset().union(*sets)

    def _read(self, write: Write) -> _Change:
        check_writable(write.path, self._user.confinement)
        if write.path in self._laid:
            before = self._laid[write.path]
        else:
            document = self._user.file(write.path)
            before = document.text if document else None
        now = self._current(write.path)
        if write.content is None:
            return _Change(write.path, before, now, None)
        if len(write.content) > self._user.limit:
            raise WorkspaceError(f"it has more than {self._user.limit:,} bytes.")
        decoded = decode(write.content)
        if decoded is None:
            raise WorkspaceError("it is binary.")
        return _Change(write.path, before, now, decoded[0])

    def _renamed(self, changes: list[_Change]) -> dict[str, str]:
        """Find files that only moved: one deleted and one created with the same text."""
        created: dict[str, list[_Change]] = {}
        deleted: dict[str, list[_Change]] = {}
        for change in changes:
            if change.is_created and change.after is not None:
                created.setdefault(change.after, []).append(change)
            elif change.is_deleted and change.before is not None:
                deleted.setdefault(change.before, []).append(change)
        moved = {}
        for text, new in created.items():
            old = deleted.get(text, [])
            if len(old) == len(new) == 1 and old[0].now is not None:
                self._staging.rename(old[0].path, new[0].path, old[0].now)
                moved[old[0].path] = new[0].path
        return moved

    def _staged(self, change: _Change, moved: Mapping[str, str]) -> Diff | None:
        now = change.now.text if change.now else None
        if change.path in moved or change.path in moved.values():
            return Diff(change.path, now, change.after)
        if now == change.after or change.before == change.after:
            return None
        if change.after is None:
            return self._deleted(change)
        if now is None:
            self._staging.put(change.path, change.after, None)
            return Diff(change.path, None, change.after)
        if change.before is None:
            self._skip(change.path, "was left out: the user made a file of this name meanwhile")
            return None
        text, rebased = merged(change.before, diff(change.before, change.after), now)
        if rebased.conflicts:
            self._skip(
                change.path,
                f"was taken over without {rebased.conflicts} of the command's changes: "
                "the user changed the same lines meanwhile",
            )
        if text == now:
            return None
        self._staging.put(change.path, text, change.now)
        return Diff(change.path, now, text)

    def _deleted(self, change: _Change) -> Diff | None:
        if change.now is None or not change.is_deleted:
            self._skip(change.path, "was not deleted: the user changed it meanwhile")
            return None
        self._staging.delete(change.path, change.now)
        return Diff(change.path, change.now.text, None)

    def _skip(self, path: str, what: str) -> None:
        self._skipped.append(f"{self._display(path)} {what.rstrip('.')}.")
