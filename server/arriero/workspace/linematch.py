"""Match lines of texts against a regular expression: a program, run as a process of its own.

A regular expression can run for hours, and Python holds its lock while one is matched: in the
daemon it could neither be ended nor would anything else go on. Here it can be killed.

Standard library only, and nothing of this package: it is started by its path. Its input is a line
of JSON `{"pattern", "ignore_case", "most"}`, answered by a line `{"error"}` or `{"needle"}`; then
any number of texts, each eight bytes of length and UTF-8, each answered by a line
`{"count", "first": [[line, start, end], ...]}` with at most `most` matching lines, numbered from 1.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

try:
    from re import _parser as parser  # type: ignore[attr-defined,unused-ignore]
except ImportError:  # Python 3.10
    import sre_parse as parser

# Letters that a case-insensitive match also finds in letters beyond ASCII: dotted and dotless i,
# the long s, the sign for kelvin.
_FOLDED_WIDELY = frozenset("iskISK")


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
    answer({"needle": needle(order["pattern"], ignore_case=order["ignore_case"])})
    while len(header := source.read(8)) == 8:
        text = source.read(int.from_bytes(header, "big")).decode("utf-8", "surrogatepass")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        found = [
            (number, *match.span())
            for number, line in enumerate(text.removesuffix("\n").split("\n"), 1)
            if (match := search(line))
        ]
        answer({"count": len(found), "first": found[: order["most"]]})


def needle(pattern: str, *, ignore_case: bool = False) -> str:
    """Return the longest text that is in every line which the pattern matches, "" if unknown.

    Printable ASCII only. For a case-insensitive search it is in lower case and to be looked for in
    any case.
    """
    try:
        parsed = parser.parse(pattern, re.IGNORECASE if ignore_case else 0)
        if parsed.state.flags & re.IGNORECASE and not ignore_case:
            return ""  # the pattern says so itself
        runs = "".join(_literals(parsed, ignore_case=ignore_case)).split("\0")
    except Exception:  # noqa: BLE001 - the parser is not public; without it nothing is left out
        return ""
    longest = max(runs, key=len)
    return longest.lower() if ignore_case else longest


def _literals(parsed: Any, *, ignore_case: bool) -> Iterator[str]:
    """Return the characters that must come one after the other, and NUL where others may come."""
    for operation, argument in parsed:
        name = str(operation)
        if name == "LITERAL":
            character = chr(argument)
            known = character.isascii() and character.isprintable()
            if ignore_case and character in _FOLDED_WIDELY:
                known = False
            yield character if known else "\0"
        elif name == "SUBPATTERN" and not argument[1] and not argument[2]:
            yield from _literals(argument[3], ignore_case=ignore_case)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and argument[0] >= 1:
            yield "\0"
            yield from _literals(argument[2], ignore_case=ignore_case)
            yield "\0"
        elif name == "AT":
            continue  # a place, which takes no characters
        else:
            yield "\0"


if __name__ == "__main__":
    main()
