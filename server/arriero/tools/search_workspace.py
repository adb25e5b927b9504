"""The tool that finds what a question is about."""

from __future__ import annotations

from arriero.index.search import SearchHit
from arriero.sessions.events import Location
from arriero.tools.base import ToolContext, ToolError, ToolResult, tool
from arriero.workspace.view import WorkspaceView

_MOST_HITS = 12
_MOST_LINES = 8  # of one hit
_MOST_CHARACTERS = 12_000
_MOST_REASONS = 3


@tool(kind="search", title="Look for {query}")
def search_workspace(context: ToolContext, query: str) -> ToolResult:
    """Find the places in the workspace that a question is about, the best first, each with a few
    lines and why it was found. For lines with a certain text, use grep_search.

    Args:
        query: A question, words, or names from the code; several words are better than one.
    """
    if not query.strip():
        raise ToolError("The query is empty; say in some words what you look for.")
    if context.searcher is None:
        raise ToolError("This workspace is not indexed; use grep_search.")
    view = context.view
    staged = _staged(view)
    found = context.searcher.search(query, limit=_MOST_HITS, staged=staged)
    blocks, size = [], 0
    shown: list[SearchHit] = []
    for hit in found.hits:
        block = _block(view, hit, mine=hit.path in staged)
        size += len(block) + 2
        if shown and size > _MOST_CHARACTERS:
            break
        blocks.append(block)
        shown.append(hit)
    notes = [found.note] if found.note else []
    if not shown:
        notes.insert(0, "Nothing was found. Try other words, or look for a text with grep_search.")
    if notes:
        blocks.append(f"[{' '.join(notes)}]")
    locations = tuple(Location(hit.path, hit.line) for hit in shown)
    return ToolResult("\n\n".join(blocks), locations)


def _staged(view: WorkspaceView) -> dict[str, str | None]:
    """Return the texts of files that the run has changed, None for those it removed."""
    texts: dict[str, str | None] = {}
    for change in view.proposal("", "", "").files:
        texts[change.path] = None
        if change.proposed is not None:
            texts[change.new_path or change.path] = change.proposed
    return texts


def _block(view: WorkspaceView, hit: SearchHit, *, mine: bool) -> str:
    lines = hit.text.split("\n")[:_MOST_LINES]
    why = "; ".join(hit.why[:_MOST_REASONS])
    changed = ", changed by you" if mine else ""
    numbered = [f"{number}: {line}" for number, line in enumerate(lines, hit.line)]
    return "\n".join([f"{view.display(hit.path)}:{hit.line} ({why}{changed})", *numbered])
