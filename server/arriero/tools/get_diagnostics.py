"""The tool that tells the problems that the editor reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from arriero.sessions.events import Location
from arriero.tools.base import ToolContext, ToolError, ToolResult, tool
from arriero.workspace.confine import is_beneath
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.problem import SEVERITIES, Problem, Severity
from arriero.workspace.view import WorkspaceView

_MOST_OF_ONE = 100  # lines, where one file is asked for
_MOST_OF_EACH = 20  # lines of a file, where there are others
_MOST_CHARACTERS = 12_000
_MOST_LOCATIONS = 20
_MOST_NAMES = 5
_MANY: Mapping[Severity, str] = {
    "error": "errors", "warning": "warnings", "information": "information", "hint": "hints",
}  # fmt: skip


@tool(kind="read", title="Read the editor's problems")
def get_diagnostics(context: ToolContext, path: str | None = None) -> ToolResult:
    """List the errors and warnings that the editor shows, the worst first.

    Args:
        path: File or folder; all files if not given.
    """
    if context.problems is None:
        raise ToolError("No editor tells its problems here; run the project's checks instead.")
    view = context.view
    changed = _changed(view)
    base = view.locate(path) if path else None
    if base is not None:
        was = {new: old for old, new in changed.items()}
        base = was.get(base, base)  # the editor has it under its old name
    files = _known(view, context.problems(), base)
    if base is not None and not files and base not in changed and not view.is_directory(base):
        view.peek(base)  # raises for what is not there or no text
    ordered = sorted(files, key=lambda one: _badness(files[one], one))
    lines, shown = _lines(view, files, ordered)
    notes = [_counted(files) if files else _none(view, base)]
    notes += _left_out(view, ordered[shown:])
    notes += _not_there_yet(view, [one for one in changed if _asked(one, base)])
    locations = [Location(one.path, one.line) for name in ordered for one in files[name]]
    said = " ".join(notes)
    return ToolResult(
        "\n".join([*lines, f"[{said}]"]) if lines else said, tuple(locations[:_MOST_LOCATIONS])
    )


def _asked(path: str, base: str | None) -> bool:
    return base is None or is_beneath(path, base)


def _known(
    view: WorkspaceView, problems: Iterable[Problem], base: str | None
) -> dict[str, list[Problem]]:
    """Return the problems by file, the worst first; not of files that the run may not see."""
    known: dict[str, set[Problem]] = {}
    for one in problems:
        if _asked(one.path, base):
            known.setdefault(one.path, set()).add(one)
    return {
        path: sorted(found, key=lambda one: (one.badness, one.in_file))
        for path, found in known.items()
        if _may_be_seen(view, path)
    }


def _may_be_seen(view: WorkspaceView, path: str) -> bool:
    try:
        return view.locate(path) == path and not view.withholds(path)
    except WorkspaceError:
        return False  # not of the workspace, or of no file at all


def _changed(view: WorkspaceView) -> dict[str, str]:
    """Return the files that the run has changed, as the user has them and as the run has them."""
    files = view.proposal("", "", "").files
    return {change.path: change.new_path or change.path for change in files}


def _badness(problems: Sequence[Problem], path: str) -> tuple[int, int, str]:
    worst = problems[0].badness
    return (worst, -sum(one.badness == worst for one in problems), path)


def _lines(
    view: WorkspaceView, files: Mapping[str, Sequence[Problem]], ordered: Sequence[str]
) -> tuple[list[str], int]:
    """Return the lines that fit, and of how many files they are."""
    most = _MOST_OF_ONE if len(ordered) == 1 else _MOST_OF_EACH
    lines: list[str] = []
    room = _MOST_CHARACTERS
    for at, path in enumerate(ordered):
        shown = view.display(path)
        block: list[str] = []
        for one in files[path][:most]:
            line = _line(one, shown)
            room -= len(line) + 1
            if room < 0 and (lines or block):
                break
            block.append(line)
        if not block:
            return lines, at
        if len(files[path]) > len(block):
            block.append(f"{shown}: … {len(files[path]) - len(block)} more problems")
        lines += block
    return lines, len(ordered)


def _line(one: Problem, shown: str) -> str:
    origin = f" [{one.origin}]" if one.origin else ""
    return f"{shown}:{one.line}:{one.column} {one.severity} {one.words}{origin}"


def _counted(files: Mapping[str, Sequence[Problem]]) -> str:
    count = Counter(one.severity for problems in files.values() for one in problems)
    told = ", ".join(
        f"{count[one]} {one}" if count[one] == 1 else f"{count[one]} {_MANY[one]}"
        for one in SEVERITIES
        if count[one]
    )
    where = "1 file" if len(files) == 1 else f"{len(files)} files"
    return f"{told} in {where}, as of the editor's last report."


def _none(view: WorkspaceView, base: str | None) -> str:
    where = "" if base is None or base in view.roots else f" in {view.display(base)}"
    return (
        f"No problems{where} in the editor's last report. It knows of files that it has looked at; "
        "others may have some."
    )


def _left_out(view: WorkspaceView, left: Sequence[str]) -> list[str]:
    if not left:
        return []
    many = "1 more file is" if len(left) == 1 else f"{len(left)} more files are"
    return [f"{many} not shown ({_names(view, left)}); give a path."]


def _not_there_yet(view: WorkspaceView, changed: Sequence[str]) -> list[str]:
    """Say of which files the editor does not have the run's edits."""
    if not changed:
        return []
    said = f"The editor does not have your edits of {_names(view, changed)} yet: its problems and"
    return [f"{said} line numbers there are from before these edits."]


def _names(view: WorkspaceView, paths: Sequence[str]) -> str:
    more = ", …" if len(paths) > _MOST_NAMES else ""
    return ", ".join(view.display(path) for path in paths[:_MOST_NAMES]) + more
