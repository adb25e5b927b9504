"""Tool calls as they stand in a chat: a line on what was done, and below it what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from rich.text import Text

from arriero.cli.printable import one_line, printable
from arriero.cli.show import changed_lines
from arriero.cli.updates import CallEnded, CallStarted, ShownDiff
from arriero.workspace.unified import unified_diff

_OUTPUT_LINES = 8
_DIFF_LINES = 12
_WIDTH = 200
_LONG = 1000  # milliseconds; of a shorter call nobody asks how long it took
_MARKS = {"ok": ("*", "green"), "error": ("x", "red"), "refused": ("-", "yellow")}
_DIFF_STYLES = {"@": "cyan", "-": "red", "+": "green"}


def card(call: CallStarted, end: CallEnded, folder: str) -> Iterator[Text]:
    """Yield the lines of a call that has ended; paths beneath `folder` are cut."""
    mark, colour = _MARKS.get(end.status, ("-", "dim"))
    title = one_line(_relative(call.title, folder), 160)
    line = Text.assemble((f"{mark} ", colour), title)
    if end.duration_ms >= _LONG:
        line.append(f"  {end.duration_ms / 1000:.1f} s", "dim")
    yield line
    if end.status != "ok":
        yield _below(one_line(_relative(end.result, folder), 160), colour)
    elif call.kind == "execute":
        yield from _cut(end.result.strip().splitlines(), _OUTPUT_LINES, "before these", last=True)
    for diff in end.diffs:
        yield from _diff(diff, folder)


def _diff(diff: ShownDiff, folder: str) -> Iterator[Text]:
    name = _relative(diff.path, folder)
    added, removed = changed_lines(diff.old_text, diff.new_text)
    if diff.new_text is None:
        yield _below(f"{name}: deleted", "dim")
        return
    told = f"new file, {added} lines" if diff.old_text is None else f"+{added} -{removed} lines"
    yield _below(f"{name}: {told}", "dim")
    if diff.old_text is not None:
        lines = unified_diff(diff.old_text, diff.new_text, name, name).splitlines()
        begin = next((i for i, line in enumerate(lines) if line.startswith("@@")), len(lines))
        for line in _cut(lines[begin:], _DIFF_LINES, "more in /diff", last=False):
            line.stylize(_DIFF_STYLES.get(line.plain[4:5], "dim"), 4)
            yield line


def _cut(lines: list[str], most: int, words: str, *, last: bool) -> Iterator[Text]:
    left = Text(f"  | … {len(lines) - most} lines {words}", "dim")
    if last and len(lines) > most:
        yield left
    for line in lines[-most:] if last else lines[:most]:
        yield _below(line[:_WIDTH], "dim" if last else "")
    if not last and len(lines) > most:
        yield left


def _below(text: str, style: str) -> Text:
    return Text.assemble(("  | ", "dim"), (printable(text), style))


def _relative(text: str, folder: str) -> str:
    return text.replace(folder.rstrip(os.sep) + os.sep, "")
