"""Rows in columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from arriero.cli.printable import one_line
from arriero.cli.terminal import Terminal


def show_columns(
    terminal: Terminal, header: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = 60
) -> None:
    """Print rows below a header, each cell cut to `width` characters; nothing for no rows."""
    if not rows:
        return
    cells = [[one_line(cell, width) for cell in row] for row in (header, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        padded = [
            cell + " " * (wide - cell_len(cell)) for cell, wide in zip(row, widths, strict=True)
        ]
        terminal.line("  ".join(padded).rstrip(), "" if number else "dim")
