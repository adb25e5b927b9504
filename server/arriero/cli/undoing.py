"""Taking back what runs changed, and doing it again, over a door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from arriero.cli.door import Door
from arriero.cli.proposals import shown_path
from arriero.workspace.text import split_lines
from arriero.workspace.uris import path_to_uri, uri_to_path

_PATIENCE = 120.0  # seconds
_MOST_LINES = 6  # of one text of a conflict
Json = Mapping[str, Any]
Direction = Literal["undo", "redo"]


@dataclass(frozen=True)
class ChangedRun:
    """A run that changed files; `applied` and `taken_back` count its hunks."""

    run_id: str
    session_id: str
    label: str
    at: float
    uris: tuple[str, ...]
    applied: int
    taken_back: int

    def has(self, direction: Direction) -> bool:
        """Whether something of it can be taken back, or done again."""
        return bool(self.applied if direction == "undo" else self.taken_back)


@dataclass(frozen=True)
class Wanted:
    """What is to be taken back: hunks and files (absolute paths), or all of one run or of several.

    With a `session_id` all runs of that session after the run, without a run all.
    """

    run_id: str | None
    session_id: str | None = None
    hunks: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def means(self, run: ChangedRun) -> bool:
        """Whether files of this run may be changed."""
        return self.session_id == run.session_id if self.session_id else self.run_id == run.run_id


@dataclass(frozen=True)
class Undone:
    """What became of it: a sentence, and the files that were kept as they changed since then.

    `conflicts` are lines for the person on what stands in these; `answer` is what the daemon said.
    """

    done: bool
    message: str
    kept: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    answer: Json = field(default_factory=dict)


async def turn(door: Door, direction: Direction, wanted: Wanted) -> Undone:
    """Take something back, or do it again; raises RemoteError for a run that is none."""
    runs = await changed_runs(door)
    meant = [run for run in runs if wanted.means(run)]
    await door.open_documents(dict.fromkeys(uri for run in meant for uri in run.uris))
    argument: dict[str, Any] = {}
    if wanted.run_id is not None:
        argument["runId"] = wanted.run_id
    if wanted.session_id is not None:
        argument["sessionId"] = wanted.session_id
    if wanted.hunks:
        argument["hunks"] = list(wanted.hunks)
    if wanted.files:
        argument["files"] = [path_to_uri(path) for path in wanted.files]
    told = await door.command(f"arriero.{direction}", argument, timeout=_PATIENCE)
    done = bool(told["applied"])
    kept = tuple(shown_path(uri_to_path(uri), door.folder) for uri in told["kept"])
    labels = {run.run_id: run.label for run in runs}
    words = _words(direction, told, labels, wanted.hunks) if done else ""
    conflicts = tuple(line for one in told["conflicts"] for line in _conflict(one, door.folder))
    return Undone(done, told["message"] or words, kept, conflicts, told)


async def changed_runs(door: Door, session_id: str | None = None) -> list[ChangedRun]:
    """Return the runs that changed files in the folder, or in a session; the last one first."""
    params = {"sessionId": session_id} if session_id is not None else {}
    told = await door.request("arriero/changes", params)
    return [
        ChangedRun(
            run["runId"],
            run["sessionId"],
            run["label"],
            run["at"],
            tuple(file["uri"] for file in run["files"]),
            sum(len(file["applied"]) for file in run["files"]),
            sum(len(file["takenBack"]) for file in run["files"]),
        )
        for run in told["runs"]
    ]


async def last_changed(
    door: Door, direction: Direction, session_id: str | None = None
) -> str | None:
    """Return the run that changed files last and of which there is something to take back."""
    found = [run for run in await changed_runs(door, session_id) if run.has(direction)]
    return found[0].run_id if found else None


def _words(
    direction: Direction, told: Json, labels: Mapping[str, str], hunks: Sequence[str]
) -> str:
    deed = "Took back" if direction == "undo" else "Did again"
    runs = told["runs"] or [told["runId"]]
    if len(runs) > 1:
        return f"{deed} {len(runs)} runs: {', '.join(labels.get(run, run) for run in runs)}"
    count = len(told["hunks"])
    part = f" {count} change{'s' if count != 1 else ''} of" if hunks else ""
    return f"{deed}{part}: {labels.get(runs[0], runs[0])}"


def _conflict(told: Json, folder: str) -> Iterator[str]:
    """Yield the lines on one place that was left as it is."""
    hunks = ", ".join(told["hunks"])
    yield f"{shown_path(uri_to_path(told['uri']), folder)}:{told['line'] + 1} (change {hunks})"
    for name, key in (("the run wrote", "written"), ("there is now", "found")):
        yield f"  {name}:"
        yield from _text(told[key])
    yield "  it would be:"
    yield from _text(told["wanted"])


def _text(text: str | None) -> Iterator[str]:
    if not text:
        yield "    (nothing)"
        return
    lines = [line.rstrip("\r\n") for line in split_lines(text)]
    yield from (f"    | {line}" for line in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"    … {len(lines) - _MOST_LINES} lines more"
