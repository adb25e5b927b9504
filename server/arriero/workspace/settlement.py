"""Finding out whether a change that was sent to an editor was applied, and noting it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from arriero.workspace.acceptance import refreshed, renamed
from arriero.workspace.alignment import distance
from arriero.workspace.changes import Replacement
from arriero.workspace.changeset import FileEffect
from arriero.workspace.diff import apply, line_diff
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.proposal import FileProposal, Proposal
from arriero.workspace.rebase import rebase
from arriero.workspace.runrecord import RunRecord, Sending
from arriero.workspace.steps import Step, apart_from, in_order, shares_of, touching, with_shares
from arriero.workspace.text import split_lines
from arriero.workspace.truth import Truth


def finish(record: RunRecord) -> RunRecord:
    """Return the record after its change was applied."""
    change = record.applying
    if change is None:
        return record
    return RunRecord(
        change.proposal, record.folders, change.applied, change.taken_back, change.moves, change.at
    )


def is_applied(record: RunRecord, truth: Truth) -> bool:
    """Tell whether the user's texts show all of a record's change."""
    effects = record.applying.effects if record.applying else ()
    return all(_seen(effect, effects, truth) == effect for effect in effects)


def settle(record: RunRecord, truth: Truth) -> RunRecord:
    """Return the record without `applying`: what the user's texts show has been applied.

    File by file and, of an accept, hunk by hunk: texts of documents that were never saved may be
    lost with their editor, and the user may have typed since.
    """
    change = record.applying
    if change is None:
        return record
    seen = {effect: _seen(effect, change.effects, truth) for effect in change.effects}
    if change.kind != "accept":  # what is taken back in part only is still to be taken back
        seen = {effect: found if found == effect else None for effect, found in seen.items()}
    if change.effects and not any(seen.values()):
        return replace(record, applying=None)
    missing = {path for effect, found in seen.items() if found is None for path in _paths(effect)}
    partly = {effect.path: found for effect, found in seen.items() if found not in (None, effect)}
    done = finish(record)
    applied = in_order(apart_from(done.applied, missing), touching(record.applied, missing))
    applied = tuple(
        _reduced(step, truth, partly[step.path])
        if step.path in partly and step not in record.applied
        else step
        for step in applied
    )
    moves = in_order(apart_from(done.moves, missing), touching(record.moves, missing))
    stayed = {path for path, found in partly.items() if found.new_path is None}
    return replace(
        done,
        proposal=_proposal(record, change, missing, partly, truth),
        applied=tuple(step for step in applied if step.hunks),
        moves=tuple(m for m in moves if m.path not in stayed or m in record.moves),
        taken_back=in_order(
            apart_from(done.taken_back, missing), touching(record.taken_back, missing)
        ),
    )


def _proposal(
    record: RunRecord,
    change: Sending,
    missing: set[str],
    partly: Mapping[str, FileEffect],
    truth: Truth,
) -> Proposal:
    """Return the proposal after a change of which some files are missing or there in part."""
    then = {file.hunks[0].id: file for file in change.proposal.files}
    known = {effect.path for effect in change.effects}
    files = []
    for file in record.proposal.files:
        # The user may have renamed it already, and then it was changed at its new path.
        seen = partly.get(file.path if file.path in known else file.new_path or "")
        if seen is not None:
            files.append(_refreshed(file, seen, truth))
        elif missing & {file.path, file.new_path}:
            files.append(file)
        else:
            files.append(then[file.hunks[0].id])
    return replace(change.proposal, files=tuple(files))


def _reduced(step: Step, truth: Truth, seen: FileEffect) -> Step:
    """Return a step of an accept with those of its hunks only that the user's text shows."""
    if step.is_whole or step.before is None or step.after is None:
        return with_shares(step, ()) if step.new_path != seen.new_path else step
    shares, before, after = step.known_shares(), step.before, step.after
    parts = [Replacement(s.old_start, s.old_end, after[s.start : s.end]) for s in shares]
    current = truth.text(seen.new_path or seen.path).text or ""
    fates = rebase(before, parts, current).fates
    done = [
        (share.hunks, part)
        for share, part, fate in zip(shares, parts, fates, strict=True)
        if fate.kind == "done"
    ]
    text = apply(before, [part for _, part in done])
    return replace(step, after=text, shares=shares_of(done), together=())


def _paths(effect: FileEffect) -> Iterable[str]:
    return (effect.path,) if effect.new_path is None else (effect.path, effect.new_path)


def _refreshed(file: FileProposal, seen: FileEffect, truth: Truth) -> FileProposal:
    """Return a file's proposal for the user's text, with the rename behind it if there was one."""
    path = seen.new_path or seen.path
    text = truth.text(path).text
    return refreshed(file if path == file.path else renamed(file), text or "")


def _seen(effect: FileEffect, effects: Collection[FileEffect], truth: Truth) -> FileEffect | None:
    """Return one of the effects as far as the user's texts show it; None: not at all.

    Of a rename with edits that may be the one or the other, too: a preview has a mark for each.
    """
    path, before, new_path = effect.path, effect.before, effect.new_path
    if before is None or new_path is None:
        return _seen_text(effect, truth)
    try:
        left, there = truth.text(path).text is None, truth.text(new_path).text
    except WorkspaceError:  # what is there now is no text
        return None
    if not left and path not in {other.new_path for other in effects}:
        edited = there is None and effect.after != before
        return _seen_text(replace(effect, new_path=None), truth) if edited else None
    found = _seen_text(replace(effect, path=new_path, new_path=None), truth)
    if found is not None:
        return replace(effect, after=found.after)
    moved = there is not None and _resembles(there, before)
    return replace(effect, after=before) if moved else None


def _seen_text(effect: FileEffect, truth: Truth) -> FileEffect | None:
    try:
        current = truth.text(effect.path).text
    except WorkspaceError:  # what is there now is no text
        return None
    if effect.after is None or current is None:
        return effect if effect.after is None and current is None else None
    if effect.before is None:
        return effect if _resembles(current, effect.after) else None
    parts = line_diff(effect.before, effect.after)
    fates = rebase(effect.before, parts, current).fates
    done = [part for part, fate in zip(parts, fates, strict=True) if fate.kind == "done"]
    if parts and not done:
        return None
    return replace(effect, after=apply(effect.before, done))


def _resembles(text: str, written: str) -> bool:
    """Tell whether a text is what was written, or has most of its lines from there."""
    lines = split_lines(text)
    far = distance(split_lines(written), lines)
    return text == written or (far is not None and far < len(lines))
