"""The right next answer in the demo's sample project, from whatever a conversation shows.

Unlike the clean script of the demo this solver bears mistakes of its own: it looks at what is done
and goes on from there, reads again what it lacks, and rewrites a file when its edits went wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from arriero.models.rehearsal.broken.reading import Seen, is_error
from arriero.models.rehearsal.sample_script import (
    LEDGER_EDITS,
    SAMPLE_TEST_COMMAND,
    SPLIT_EDIT,
    SampleEdit,
)
from arriero.models.rehearsal.script import Call, ToolResult

TEST, LEDGER, MONEY = "tests/test_ledger.py", "tally/ledger.py", "tally/money.py"
# A line that shows that a file was read, and that an edit is made.
_READ = {TEST: "class LedgerTest", LEDGER: "def settle", MONEY: "def parse"}
_EDITS: tuple[tuple[SampleEdit, str], ...] = (
    (SPLIT_EDIT, "share, odd = divmod(cents, parts)"),
    (LEDGER_EDITS[0], "from .money import split"),
    (LEDGER_EDITS[1], "shares = split(payment.cents"),
)
_GREEN = re.compile(r"^OK\b", re.MULTILINE)
_RED = re.compile(r"^FAILED\b|Error\b", re.MULTILINE)
_SAMPLE = Path(__file__).parents[1] / "sample"

DONE = "All tests pass. `split` gives the odd cents to the first parts, and the ledger uses it."
UNTESTED = "I could not run the tests, so please do. The ledger uses `split` now."
GIVEN_UP = "The tests still fail, so this is not done."


@dataclass(frozen=True)
class Answer:
    """What a model means to say: a text, and the calls after it; without calls it is done."""

    text: str
    calls: tuple[Call, ...] = ()


def right_answer(seen: Seen) -> Answer:
    """Return what somebody would do next who mends the sample."""
    missing = [edit for edit, mark in _EDITS if mark not in seen.shown]
    if not missing:
        return _finish(seen)
    first_look = len(missing) == len(_EDITS) and not seen.is_shortened
    if first_look and (looking := _look(seen)) is not None:
        return looking
    path = missing[0].path
    if _READ[path] not in seen.shown:
        if any(_is_read(result, path) for result in seen.results):  # what it shows is damaged
            return _write(path)
        return Answer(f"I will read {path}.\n", (_read(path),))
    return _mend(seen, [edit for edit in missing if edit.path == path])


def whole_file(path: str) -> str:
    """Return a file of the sample with all edits made."""
    text = (_SAMPLE / path).read_text("utf-8")
    for edit, _ in _EDITS:
        if edit.path == path:
            text = text.replace(edit.old, edit.new)
    return text


def original(path: str) -> str:
    """Return a file of the sample as it is at first."""
    return (_SAMPLE / path).read_text("utf-8")


def _look(seen: Seen) -> Answer | None:
    """Return the next look around, None when all is seen."""
    if "list_directory" in seen.tools and not seen.results:
        return Answer(
            "I will look at the project first.\n", (Call("list_directory", {"path": "."}),)
        )
    unread = tuple(_read(path) for path in (TEST, LEDGER) if _READ[path] not in seen.shown)
    if unread:
        return Answer("I will read the ledger and its test.\n", unread)
    tried = any(result.name == "run_command" for result in seen.results)
    if "run_command" in seen.tools and not tried and not _RED.search(seen.shown):
        return Answer("Now I will see what the tests say.\n", (_run(),))
    return None


def _mend(seen: Seen, edits: list[SampleEdit]) -> Answer:
    path = edits[0].path
    failures = sum(
        is_error(result) and result.name == "edit_file" and path in str(result.arguments)
        for result in seen.results
    )
    if ("edit_file" not in seen.tools or failures >= 3) and "write_file" in seen.tools:
        return _write(path)
    return Answer(f"Now I will mend {path}.\n", tuple(edit.call for edit in edits))


def _finish(seen: Seen) -> Answer:
    if "run_command" not in seen.tools:
        return Answer(UNTESTED)
    runs = [result.content for result in _since_mended(seen) if result.name == "run_command"]
    if not runs:
        return Answer("I will run the tests again.\n", (_run(),))
    if _GREEN.search(runs[-1]):
        return Answer(DONE)
    written = [(one.arguments.get("path"), one.arguments.get("content")) for one in seen.results]
    blamed = [path for path in (MONEY, LEDGER) if path in runs[-1]]
    left = [path for path in (*blamed, MONEY, LEDGER) if (path, whole_file(path)) not in written]
    return _write(left[0]) if left and "write_file" in seen.tools else Answer(GIVEN_UP)


def _since_mended(seen: Seen) -> Iterator[ToolResult]:
    """Yield the results after the last one that changed something."""
    changes = [
        number
        for number, result in enumerate(seen.results)
        if result.name in ("edit_file", "write_file") and not is_error(result)
    ]
    yield from seen.results[changes[-1] + 1 if changes else 0 :]


def _is_read(result: ToolResult, path: str) -> bool:
    given = str(result.arguments.get("path"))
    return result.name == "read_file" and given.endswith(path) and not is_error(result)


def _write(path: str) -> Answer:
    call = Call("write_file", {"path": path, "content": whole_file(path)})
    return Answer(f"I will write {path} as a whole.\n", (call,))


def _read(path: str) -> Call:
    return Call("read_file", {"path": path})


def _run() -> Call:
    return Call("run_command", {"command": SAMPLE_TEST_COMMAND})
