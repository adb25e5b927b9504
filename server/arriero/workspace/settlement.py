"""Finding out whether a change that was sent to an editor was applied, and noting it."""

from __future__ import annotations

from dataclasses import replace

from arriero.workspace.acceptance import refreshed
from arriero.workspace.alignment import distance
from arriero.workspace.changeset import FileEffect
from arriero.workspace.checkpoints import Checkpoint, RunRecord
from arriero.workspace.diff import apply, line_diff
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.proposal import FileProposal, Proposal
from arriero.workspace.rebase import rebase
from arriero.workspace.text import split_lines
from arriero.workspace.truth import Truth


def finish(record: RunRecord) -> RunRecord:
    """Return the record after its change was applied."""
    if record.applying is None or record.then is None:
        return record
    return _noted(record, record.then, record.applying.effects, set())


def is_applied(record: RunRecord, truth: Truth) -> bool:
    """Tell whether the user's texts show all of a record's change."""
    effects = record.applying.effects if record.applying else ()
    return all(_seen(effect, truth) == effect for effect in effects)


def settle(record: RunRecord, truth: Truth) -> RunRecord:
    """Return the record without `applying`: what the user's texts show has been applied.

    File by file and hunk by hunk: texts of documents that were never saved may be lost with their
    editor, and the user may have typed since.
    """
    change, then = record.applying, record.then
    if change is None or then is None:
        return record
    seen = {effect: _seen(effect, truth) for effect in change.effects}
    if change.kind == "undo":  # what is taken back in part only is still to be taken back
        seen = {effect: found if found == effect else None for effect, found in seen.items()}
    effects = tuple(found for found in seen.values() if found is not None)
    if change.effects and not effects:
        return replace(record, applying=None, then=None)
    unlike = {path for effect, found in seen.items() if found != effect for path in _paths(effect)}
    files = [file for file in then.files if not unlike & {file.path, file.new_path}]
    for file in record.proposal.files:
        if unlike & {file.path, file.new_path}:
            partly = any(found and found.path == file.path for found in seen.values())
            files.append(_refreshed(file, truth) if partly else file)
    files.sort(key=lambda file: int(file.hunks[0].id))
    return _noted(record, replace(then, files=tuple(files)), effects, unlike)


def _noted(
    record: RunRecord, proposal: Proposal, effects: tuple[FileEffect, ...], missing: set[str]
) -> RunRecord:
    """Return the record after these effects; those on the paths in `missing` did not happen."""
    assert record.applying is not None
    done = replace(record, proposal=proposal, applying=None, then=None)
    if record.applying.kind == "undo":
        left = _without(record.applied, {*record.applying.kept, *missing})
        return replace(done, applied=left, undone=True)
    if not effects:
        return done
    applied = (*record.applied, replace(record.applying, effects=effects))
    return replace(done, applied=applied, undone=False)


def _without(applied: tuple[Checkpoint, ...], kept: set[str]) -> tuple[Checkpoint, ...]:
    """Return what is left to be taken back: the effects on files that were kept."""
    left = []
    for change in applied:
        effects = tuple(effect for effect in change.effects if kept & set(_paths(effect)))
        if effects:
            left.append(replace(change, effects=effects))
    return tuple(left)


def _paths(effect: FileEffect) -> tuple[str, ...]:
    return (effect.path,) if effect.new_path is None else (effect.path, effect.new_path)


def _refreshed(file: FileProposal, truth: Truth) -> FileProposal:
    text = truth.text(file.path).text
    return file if text is None else refreshed(file, text)


def _seen(effect: FileEffect, truth: Truth) -> FileEffect | None:
    """Return the effect as far as the user's texts show it; None: not at all."""
    try:
        current = truth.text(effect.new_path or effect.path).text
        moved = effect.new_path is None or truth.text(effect.path).text is None
    except WorkspaceError:  # what is there now is no text
        return None
    if effect.after is None or current is None:
        return effect if effect.after is None and current is None else None
    if effect.before is None:
        return effect if _resembles(current, effect.after) else None
    parts = line_diff(effect.before, effect.after)
    fates = rebase(effect.before, parts, current).fates
    done = [part for part, fate in zip(parts, fates, strict=True) if fate.kind == "done"]
    if not moved or (parts and not done):
        return None
    return replace(effect, after=apply(effect.before, done))


def _resembles(text: str, written: str) -> bool:
    """Tell whether a text is what was written, or has most of its lines from there."""
    lines = split_lines(text)
    far = distance(split_lines(written), lines)
    return text == written or (far is not None and far < len(lines))
