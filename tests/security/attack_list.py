"""Attacks as scripts, each with what its output must show: that it was tried, and what it met.

The files in `attacks` hold blocks of

    == name
    => a regular expression that the output must match (multi-line)
    a script of bash

No attack may do lasting harm where the boundary fails: they are after the yard's own things, and
what could hit the machine looks first whether it sees the machine.

Variables of the yard: $WS the workspace, $YARD_HOME a home with keys, $OUT a folder outside, $STATE
the daemon's state, $PORT and $ABSTRACT services, $VICTIM and $DAEMON processes. `py` runs Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PY = 'py() { python3 -I - "$@"; }\n'


@dataclass(frozen=True)
class Attack:
    """A script and the regular expression for its output."""

    script: str
    met: str


def load(folder: Path) -> dict[str, Attack]:
    """Read all attacks of a folder by name."""
    attacks = {}
    for path in sorted(folder.glob("*.txt")):
        _, *blocks = path.read_text().split("\n== ")
        for block in blocks:
            name, met, script = block.split("\n", 2)
            assert met.startswith("=>"), f"{path}: {name}"
            assert name not in attacks, f"{path}: {name}"
            attacks[name] = Attack(_PY + script, met[2:].strip())
    return attacks


ATTACKS = load(Path(__file__).parent / "attacks")
