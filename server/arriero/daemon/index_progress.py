"""How far the index of a folder is, and that as the editors show it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from arriero.agent.editor import ShownProgress
from arriero.daemon.meaning_state import MeaningState
from arriero.workspace.naming import visible

if TYPE_CHECKING:
    from arriero.daemon.attachment import Attachment

State = Literal["off", "waiting", "scanning", "building", "paused", "ready"]

_AFTER = 1.0  # seconds of building: what is done in a moment is not shown
_WORTH = 200  # files that are left to read by then


@dataclass(frozen=True)
class IndexState:
    """How far the index of a folder is: of `files`, `done` are in it; `message` is a sentence.

    `meaning` is how far its vectors are, None where no embedding model is named. `failing` where it
    cannot be kept up to date now, as `message` says, and that is tried again.
    """

    root: str
    state: State
    files: int = 0
    done: int = 0
    message: str = ""
    meaning: MeaningState | None = None
    failing: bool = False


class IndexProgress:
    """The building of one folder's index in each editor that has the folder open."""

    def __init__(self, root: str, now: Callable[[], float] = time.monotonic) -> None:
        """`now` in seconds."""
        self._title = f"Arriero: indexing {visible(os.path.basename(root) or root)}"  # noqa: PTH119
        self._now = now
        self._began: float | None = None
        self._shown: dict[Attachment, ShownProgress] = {}

    def show(self, state: IndexState, users: Iterable[Attachment]) -> None:
        """Show how far it is."""
        if state.state not in ("building", "paused"):
            self.end()
            return
        if self._began is None:
            self._began = self._now()
        long = self._now() - self._began >= _AFTER and state.files - state.done >= _WORTH
        for user in users:
            if user not in self._shown and (long or self._shown):
                self._shown[user] = user.editor.progress(self._title, None)
        words = f"{state.done:,} of {state.files:,} files"
        share = 100 * state.done // max(state.files, 1)
        for progress in self._shown.values():
            progress.report(words, share)

    def leave(self, user: Attachment) -> None:
        """An editor is gone."""
        progress = self._shown.pop(user, None)
        if progress is not None:
            progress.end()

    def end(self) -> None:
        """Take it away."""
        self._began = None
        shown, self._shown = self._shown, {}
        for progress in shown.values():
            progress.end()
