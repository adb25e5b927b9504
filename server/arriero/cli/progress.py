"""LSP's work done progress as a bar on the terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from arriero.cli.door import Door
from arriero.cli.printable import one_line
from arriero.cli.terminal import Terminal


@contextlib.contextmanager
def shown_progress(terminal: Terminal, door: Door, token: str) -> Iterator[None]:
    """Show the progress of one token while inside; nothing in a pipe."""
    if not terminal.is_terminal:
        yield
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=terminal.out, transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(params: Mapping[str, Any]) -> None:
            if params.get("token") != token:
                return
            value = params.get("value") or {}
            words = value.get("message") or value.get("title")
            if words:
                bar.update(task, description=one_line(words, 50))
            if value.get("percentage") is not None:
                bar.update(task, total=100, completed=value["percentage"])

        door.progress = report
        yield
