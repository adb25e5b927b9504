"""The command line: `python3 -m tally FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from .ledger import Ledger
from .money import parse, show


def read(text: str) -> Ledger:
    """Read one payment a line: payer, amount, what for, and perhaps the people after two blanks."""
    rows = [line.split() for line in text.splitlines() if line.strip() and line[0] != "#"]
    everybody = tuple(dict.fromkeys(row[0] for row in rows))
    ledger = Ledger()
    for payer, amount, *words in rows:
        people = tuple(word for word in words if word in everybody)
        ledger.add(payer, parse(amount), *(people or everybody))
    return ledger


def main(arguments: list[str]) -> int:
    """Print how to settle the payments of a file."""
    if len(arguments) != 1:
        print("usage: python3 -m tally FILE", file=sys.stderr)
        return 2
    for debtor, creditor, cents in read(Path(arguments[0]).read_text("utf-8")).settle():
        print(f"{debtor} pays {creditor} {show(cents)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
