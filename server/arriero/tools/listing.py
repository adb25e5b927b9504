"""The files that a search tool goes through: from the index where it is certain, else from disk."""

from __future__ import annotations

from arriero.tools.base import ToolContext
from arriero.workspace.files import Listing


def listed(context: ToolContext, base: str | None) -> Listing:
    """Return the view's listing of a folder (None: of the whole workspace)."""
    view = context.view
    if context.searcher is not None:
        known = context.searcher.listing(view.roots if base is None else (base,))
        if known is not None:
            return view.laid_over(known, base)
    return view.listing(base)


def may_match(
    context: ToolContext, base: str | None, pattern: str, *, ignore_case: bool
) -> Listing:
    """Return the part of the listing that may have lines which match a regular expression."""
    view = context.view
    if context.searcher is not None:
        folders = view.roots if base is None else (base,)
        known = context.searcher.may_match(folders, pattern, ignore_case=ignore_case)
        if known is not None:
            return view.laid_over(known, base)
    return view.listing(base)
