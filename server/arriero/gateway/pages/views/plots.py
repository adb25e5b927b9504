"""The metrics of the last hour as plots."""

from __future__ import annotations

import time

from arriero.gateway.pages.charts import chart, number
from arriero.gateway.pages.desk import Desk
from arriero.gateway.pages.rendering import Block, Shown, render


async def plots(desk: Desk) -> Shown:
    """Show every series; `/metrics` has the numbers for Prometheus."""
    now = time.time()
    return Shown(
        "Metrics",
        tuple(
            Block(
                f"plot-{number_}",
                render(
                    "plot.html",
                    series=series,
                    svg=chart(series, now),
                    last="" if series.last is None else number(series.last),
                ),
            )
            for number_, series in enumerate(desk.history.series())
        ),
    )
