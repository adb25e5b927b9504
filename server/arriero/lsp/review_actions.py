"""The code actions on what runs have done: with plain LSP, a proposal is reviewed by these.

Those of a hunk are quick fixes of its mark. The others stand for a whole run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.lsp.code_actions import QUICK_FIX, SOURCE, Offer
from arriero.lsp.marks import Mark, diagnostic

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def review_offers(connection: Connection, params: types.CodeActionParams) -> list[Offer]:
    """Return what can be done with the proposals in a document, and with what was applied."""
    marks = connection.marks
    if not marks.wanted:
        return []
    path = connection.documents.path_of(params.text_document.uri)
    found: list[Offer] = []
    if marks.waits_in(path):
        here = [mark for mark in await marks.of(path) if _touches(mark, params.range)]
        for mark in here:
            found += _of_hunk(mark, len(here) > 1)
    for run_id, count in marks.runs_of(path):
        found += _of_run(run_id, count)
    if marks.applied_run is not None:
        run = {"runId": marks.applied_run}
        found.append(Offer("Undo Arriero's last change", SOURCE, "arriero.undo", run=run))
    if marks.undone_run is not None:
        run = {"runId": marks.undone_run}
        found.append(Offer("Redo what was taken back", SOURCE, "arriero.redo", run=run))
    found += [
        Offer("Stop Arriero", SOURCE, "arriero.cancel", run={"runId": run_id})
        for run_id in sorted(marks.running)
    ]
    return found


def _of_hunk(mark: Mark, several: bool) -> list[Offer]:
    line = f" of line {mark.first + 1}" if several else ""
    run = {"runId": mark.run_id, "hunks": [mark.hunk.id]}
    shown = diagnostic(mark)
    return [
        Offer(f"Accept this change{line}", QUICK_FIX, "arriero.accept", shown, run),
        Offer(f"Reject this change{line}", QUICK_FIX, "arriero.reject", shown, run),
    ]


def _of_run(run_id: str, count: int) -> list[Offer]:
    what = f"all {count} changes" if count > 1 else "the change that waits"
    run = {"runId": run_id}
    return [
        Offer(f"Accept {what}", SOURCE, "arriero.accept", run=run),
        Offer(f"Reject {what}", SOURCE, "arriero.reject", run=run),
    ]


def _touches(mark: Mark, selected: types.Range) -> bool:
    return mark.first <= selected.end.line and selected.start.line <= mark.last
