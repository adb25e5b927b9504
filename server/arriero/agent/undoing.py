"""Taking back what runs did, and doing it again: of one run or of several, as one change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from arriero.agent.blocking import in_thread
from arriero.agent.editor import ApplyOutcome, Editor
from arriero.agent.outcomes import RunChange, UndoOutcome, nothing_to_turn, undo_outcome
from arriero.agent.records import Records, truth
from arriero.workspace.changeset import ChangeSet, FileEffect
from arriero.workspace.conflicts import Conflict
from arriero.workspace.proposal import HunkState, Proposal
from arriero.workspace.runrecord import UNKNOWN, RunRecord, Sending
from arriero.workspace.settlement import finish
from arriero.workspace.steps import Step, moves_of, names_of, now_at
from arriero.workspace.takeback import Selection, TakenBack, conflicts, take_back

_ATTEMPTS = 3  # to apply a change while the user types
_REFUSED = "The editor did not take the change; nothing was changed."

Direction = Literal["undo", "redo"]


async def turn(
    records: Records,
    direction: Direction,
    run_ids: Sequence[str],
    editor: Editor,
    meant: Selection,
) -> UndoOutcome:
    """Take back what is meant of runs, in this order, or do it again; raises UnknownRun.

    What the user has changed since in the same places is kept, and told as a conflict. If the user
    types while the change is under way, it is worked out again for the new text.
    """
    run_ids = tuple(dict.fromkeys(run_ids))
    async with records.locked(run_ids):
        now = [await records.settled(run_id, editor) for run_id in run_ids]
        start, sent = now, ApplyOutcome(False)
        if not await in_thread(_any, now, direction, meant):
            return nothing_to_turn(direction, now, meant.hunks)
        for _ in range(_ATTEMPTS):
            texts = ChangeSet(truth(now, editor.buffers))
            plans = await in_thread(_plans, now, direction, meant, texts)
            sending = await in_thread(_sending, now, direction, plans, texts.effects())
            planned = [finish(record) for record in sending]
            now, sent = await records.send(sending, texts, _label(direction, now), editor)
            if sent.applied and now == planned:
                found = await in_thread(_conflicts, now, plans, texts)
                return undo_outcome(direction, now, _changes(direction, start, now, found))
            # An editor that refused may show a part of it: the user did that by himself.
            if not sent.applied and not await in_thread(texts.is_outdated):
                break
        changes = _changes(direction, start, now, [[] for _ in now])
        return UndoOutcome(False, changes, sent.reason or _REFUSED)


def _any(records: Sequence[RunRecord], direction: Direction, meant: Selection) -> bool:
    """Tell whether anything that is meant can be taken back, or done again."""
    return any(
        meant.has(share, names_of(step, record.moves))
        for record in records
        for step in _sides(record, direction)[0]
        for share in step.known_shares()
    )


def _sides(record: RunRecord, direction: Direction) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Return the steps that are to be taken back, and those that took back others."""
    sides = (record.applied, record.taken_back)
    return sides if direction == "undo" else sides[::-1]


def _plans(
    records: Sequence[RunRecord], direction: Direction, meant: Selection, texts: ChangeSet
) -> list[TakenBack]:
    return [
        take_back(_sides(record, direction)[0], record.moves, texts, meant, record.next_step)
        for record in records
    ]


def _conflicts(
    records: Sequence[RunRecord], plans: Sequence[TakenBack], texts: ChangeSet
) -> list[list[Conflict]]:
    return [
        conflicts(plan, record.moves, texts) for record, plan in zip(records, plans, strict=True)
    ]


def _sending(
    records: Sequence[RunRecord],
    direction: Direction,
    plans: Sequence[TakenBack],
    effects: tuple[FileEffect, ...],
) -> list[RunRecord]:
    """Return the records that are applying what was planned."""
    at = time.time()
    sending = []
    for record, plan in zip(records, plans, strict=True):
        _, others = _sides(record, direction)
        sides = (tuple(plan.left), (*others, *plan.made))
        moves = (*record.moves, *plan.moves)
        applied, taken_back = sides if direction == "undo" else sides[::-1]
        gone = plan.hunks - {hunk for step in plan.left for hunk in step.hunks}
        proposal = _judged(record.proposal, direction, gone)
        change = Sending(direction, at, effects, proposal, applied, taken_back, moves)
        sending.append(replace(record, applying=change))
    return sending


def _judged(proposal: Proposal, direction: Direction, hunks: set[str]) -> Proposal:
    """Return the proposal after these hunks were taken back, or done again."""
    was: HunkState = "accepted" if direction == "undo" else "rejected"
    then: HunkState = "rejected" if direction == "undo" else "accepted"
    judged = [h.id for h in proposal.hunks if h.state == was and h.id in hunks]
    return proposal.with_states(dict.fromkeys(judged, then))


def _label(direction: Direction, records: Sequence[RunRecord]) -> str:
    if len(records) == 1:
        return records[0].proposal.label
    return f"{direction.capitalize()} of {len(records)} runs"


def _changes(
    direction: Direction,
    start: Sequence[RunRecord],
    now: Sequence[RunRecord],
    conflicted: Sequence[Sequence[Conflict]],
) -> tuple[RunChange, ...]:
    """Say what has become of each run that is not as it was, or has conflicts."""
    changes = map(partial(_change, direction), start, now, conflicted)
    return tuple(one for one in changes if one.hunks or one.paths or one.conflicts)


def _change(
    direction: Direction, was: RunRecord, now: RunRecord, conflicted: Sequence[Conflict]
) -> RunChange:
    steps, others = _sides(was, direction)
    left, made = _sides(now, direction)
    new = [step for step in made if step not in others]
    paths = dict.fromkeys(now_at(step, moves_of(new)) for step in new)
    remain = {UNKNOWN, *(hunk for step in left for hunk in step.hunks)}
    gone = {hunk for step in steps for hunk in step.hunks} - remain
    hunks = sorted(gone, key=int)
    return RunChange(was.proposal.run_id, tuple(paths), tuple(hunks), tuple(conflicted))
