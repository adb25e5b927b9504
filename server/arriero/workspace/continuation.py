"""A later proposal of a run that goes on, with what the user has said of the earlier one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from arriero.workspace.proposal import FileProposal, Hunk, HunkState, Proposal


def continued(new: Proposal, old: Proposal, highest: int = 0) -> Proposal:
    """Return `new` with the ids and verdicts that its hunks have in `old`.

    What was accepted stays on record; what was rejected and is proposed in the same words stays
    rejected. Hunks that `old` does not have get ids that it never used, above `highest`.
    """
    known: defaultdict[tuple[object, ...], list[Hunk]] = defaultdict(list)
    past: defaultdict[str, list[Hunk]] = defaultdict(list)
    for hunk in old.hunks:
        if hunk.state == "accepted":
            past[hunk.path].append(hunk)
        else:
            known[_words(hunk)].append(hunk)
    next_id = max((highest, *(int(hunk.id) for hunk in old.hunks))) + 1
    files: list[FileProposal] = []
    for file in new.files:
        hunks, states = past.pop(file.path, []), dict[str, HunkState]()
        for hunk in file.hunks:
            same = known[_words(hunk)].pop(0) if known[_words(hunk)] else None
            hunks.append(replace(hunk, id=same.id if same else str(next_id)))
            next_id += same is None
            if same is not None and same.state == "rejected":
                states[same.id] = "rejected"
        files.append(replace(file, hunks=tuple(hunks)).with_states(states))
    done = [(file, past.pop(file.path, [])) for file in old.files]
    files += [
        replace(file, new_path=None, proposed=file.base, hunks=tuple(hunks))
        for file, hunks in done
        if hunks
    ]
    return replace(new, files=tuple(files))


def _words(hunk: Hunk) -> tuple[object, ...]:
    return hunk.path, hunk.kind, hunk.old_lines, hunk.new_lines
