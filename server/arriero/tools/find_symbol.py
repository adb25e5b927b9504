"""The tool that finds where a name is defined and used."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from arriero.index.symbols import Asked, Definition, confirmed, defined_now, read_name, uses
from arriero.sessions.events import Location
from arriero.tools.base import ToolContext, ToolError, ToolResult, tool
from arriero.tools.linefinding import Findings, find_lines
from arriero.tools.listing import may_match
from arriero.workspace.view import WorkspaceView

_MOST_DEFINITIONS = 20
_MOST_REFERENCES = 40
_MOST_OF_A_FILE = 200
_MOST_COLUMNS = 200


@tool(kind="search", title="Find symbol {name}")
def find_symbol(context: ToolContext, name: str) -> ToolResult:
    """Find where a function, class, variable or other name is defined, and then the lines that use
    it.

    Args:
        name: The name, such as parse_date; Class.method finds that of one class.
    """
    asked = read_name(name)
    if not asked.name:
        raise ToolError("The name is empty; give the name of a function, a class or a variable.")
    if context.searcher is None:
        raise ToolError("This workspace is not indexed; use grep_search.")
    view = context.view
    known = context.searcher.definitions(asked)
    names = {one.name for one in known}
    if asked.whole not in names:
        names.add(asked.name)
    pattern = uses(sorted(names)).text
    paths = may_match(context, None, pattern, ignore_case=False).paths
    found = find_lines(view, paths, pattern, most_lines=_MOST_OF_A_FILE)
    defined = _placed(view, known, names, found)
    if asked.container:
        defined.sort(key=lambda place: not place[0].is_in(asked.container))
    places = {(one.path, line) for one, line in defined}
    used = [
        (file.path, number, text)
        for file in found.files
        for number, text in file.lines
        if (file.path, number) not in places
    ]
    lines = _defined(view, defined, found) + _used(view, used)
    note = _note(context, asked, defined, len(used))
    locations = [*((one.path, line) for one, line in defined), *((p, n) for p, n, _ in used)]
    return ToolResult(
        "\n".join([*lines, note] if note else lines),
        tuple(Location(path, line) for path, line in locations[:_MOST_DEFINITIONS]),
    )


def _placed(
    view: WorkspaceView, known: Sequence[Definition], names: Collection[str], found: Findings
) -> list[tuple[Definition, int]]:
    """Return the definitions with their lines in the texts of now, which may not be the files'."""
    lines = {file.path: [number for number, _ in file.lines] for file in found.files}
    changed = {path for path in lines if view.is_laid(path)}
    now: list[Definition] = []
    for path in sorted(changed):
        now += defined_now(path, view.peek(path).text, names)
    read = {one.path for one in now}
    kept = [one for one in known if one.path not in read]
    return confirmed([*kept, *now], lines)[:_MOST_DEFINITIONS]


def _defined(
    view: WorkspaceView, defined: Sequence[tuple[Definition, int]], found: Findings
) -> list[str]:
    texts = {(file.path, number): text for file in found.files for number, text in file.lines}
    return [
        f"{view.display(one.path)}:{line}: {_cut(texts[one.path, line])}  [{one.said}]"
        for one, line in defined
    ]


def _used(view: WorkspaceView, used: Sequence[tuple[str, int, str]]) -> list[str]:
    if not used:
        return []
    shown = [
        f"{view.display(path)}:{number}: {_cut(text)}"
        for path, number, text in used[:_MOST_REFERENCES]
    ]
    return ["Used in:", *shown]


def _note(
    context: ToolContext,
    asked: Asked,
    defined: Sequence[tuple[Definition, int]],
    used: int,
) -> str:
    notes = []
    if not defined:
        notes.append(f"No definition of {asked.name} is known.")
    if not used and not defined:
        notes.append("No line has it either; look for a part of it with grep_search.")
    if used > _MOST_REFERENCES:
        notes.append(f"{used - _MOST_REFERENCES} more lines use it; see grep_search.")
    said = context.searcher.note() if context.searcher is not None else ""
    if said:
        notes.append(said)
    return f"[{' '.join(notes)}]" if notes else ""


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _MOST_COLUMNS else text[:_MOST_COLUMNS] + "…"
