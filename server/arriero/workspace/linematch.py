"""Match lines of texts against a regular expression: a program, run as a process of its own.

A regular expression can run for hours, and Python holds its lock while one is matched: in the
daemon it could neither be ended nor would anything else go on. Here it can be killed.

Standard library only, and nothing of this package: it is started by its path. Its input is a line
of JSON `{"pattern", "ignore_case", "most"}`, answered by a line `{"error"}` or `{}`; then any
number of texts, each eight bytes of length and UTF-8, each answered by a line
`{"count", "first": [[line, start, end], ...]}` with at most `most` matching lines, numbered from 1.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any


def main() -> None:
    """Serve one search on the standard streams."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer

    def answer(value: dict[str, Any]) -> None:
        sink.write(json.dumps(value).encode() + b"\n")
        sink.flush()

    order = json.loads(source.readline())
    try:
        search = re.compile(order["pattern"], re.IGNORECASE if order["ignore_case"] else 0).search
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        answer({"error": str(error) or "it is nested too deeply"})
        return
    answer({})
    while len(header := source.read(8)) == 8:
        text = source.read(int.from_bytes(header, "big")).decode("utf-8", "surrogatepass")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        found = [
            (number, *match.span())
            for number, line in enumerate(text.removesuffix("\n").split("\n"), 1)
            if (match := search(line))
        ]
        answer({"count": len(found), "first": found[: order["most"]]})


if __name__ == "__main__":
    main()
