"""Runs: those of all sessions, and one step by step."""

from __future__ import annotations

from arriero.gateway.pages.desk import Desk
from arriero.gateway.pages.items import items
from arriero.gateway.pages.rendering import Block, Shown, render

_MOST_RUNS = 200
_MOST_ITEMS = 500


async def runs(desk: Desk) -> Shown:
    """Show the newest runs."""
    found = await desk.log.runs(_MOST_RUNS)
    return Shown("Runs", (Block("runs", render("runs.html", runs=found, title="Runs")),))


async def one_run(desk: Desk, run_id: str) -> Shown | None:
    """Show what happened in a run; None if there is none of this id."""
    run = await desk.log.run(run_id)
    if run is None:
        return None
    found = items(await desk.log.events(run.session_id, run_id))
    left_out = max(0, len(found) - _MOST_ITEMS)
    head = render("run_head.html", run=run, left_out=left_out)
    steps = (
        [
            Block(item.id, render("item.html", item=item))
            for item in found[len(found) - _MOST_ITEMS :]
        ]
        if left_out
        else [Block(item.id, render("item.html", item=item)) for item in found]
    )
    return Shown(run.label or "Run", (Block("run", head), *steps))
