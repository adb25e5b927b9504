"""Working out what to change when what a run did is taken back."""

from __future__ import annotations

from collections.abc import Iterable

from arriero.workspace.changeset import ChangeSet, FileEffect
from arriero.workspace.diff import line_diff
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.rebase import merged


def take_back(effects: Iterable[FileEffect], texts: ChangeSet) -> tuple[str, ...]:
    """Take effects back in `texts`, the last one first, and leave alone what the user did since.

    Returns the paths of the files that keep something of the effects: where the user has changed
    the same lines, has changed a file that was created, or has put something in the place of a file
    that was deleted or renamed.
    """
    kept: dict[str, None] = {}
    for effect in effects:
        try:
            done = _take_back(effect, texts)
        except WorkspaceError:  # what is there now is no text
            done = False
        if not done:
            kept[effect.new_path or effect.path] = None
    return tuple(kept)


def _take_back(effect: FileEffect, texts: ChangeSet) -> bool:
    if effect.new_path is not None and not _move_back(effect.path, effect.new_path, texts):
        return False
    current = texts.text(effect.path)
    if effect.before is None or effect.after is None:
        if current == effect.after:
            texts.put(effect.path, effect.before)
        return texts.text(effect.path) == effect.before
    if current is None:
        return False
    text, rebased = merged(effect.after, line_diff(effect.after, effect.before), current)
    texts.put(effect.path, text)
    return not rebased.conflicts


def _move_back(path: str, new_path: str, texts: ChangeSet) -> bool:
    here, there = texts.text(path) is not None, texts.text(new_path) is not None
    if there and not here:
        texts.move(new_path, path)
    return here != there
