"""Make docs/demo.svg: the real output of `arriero demo`, in colour. Run it from the repository."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 100


def settled(output: str) -> str:
    """Return what is left on the screen once every spinner has been wiped away."""
    lines = [""]
    for piece in re.split(r"(\n|\r|\x1b\[1A|\x1b\[2K|\x1b\[\?25[hl])", output):
        if piece == "\n":
            lines.append("")
        elif piece == "\x1b[1A":
            lines.pop()
        elif piece == "\x1b[2K":
            lines[-1] = ""
        elif not piece.startswith(("\r", "\x1b[?25")):
            lines[-1] += piece
    return "\n".join(lines)


def main() -> None:
    """Run the demo, wide enough for its diff, and draw what it printed."""
    colours = {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    output = subprocess.run(
        [sys.executable, "-m", "arriero", "demo"],
        env={**os.environ, **colours},
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    ).stdout.decode()
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor")
    console.print(Text.from_ansi(settled(output).strip("\n")))
    target = Path(__file__).with_name("demo.svg")
    target.write_text(console.export_svg(title="arriero demo"))


if __name__ == "__main__":
    main()
