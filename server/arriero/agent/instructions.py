"""The project's own instructions: AGENTS.md and .arriero/instructions.md, within a budget.

They are looked for beside the active document and in every folder above it, up to the root of its
workspace folder, and then in the roots of all folders. What stands nearest goes first and is cut
last, since it says most about the file at hand.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from arriero.tools.registry import Tier
from arriero.workspace.confine import is_beneath
from arriero.workspace.errors import FileMissing, WorkspaceError
from arriero.workspace.view import WorkspaceView

log = logging.getLogger(__name__)

NAMES = ("AGENTS.md", ".arriero/instructions.md")
BUDGETS: dict[Tier, int] = {"small": 400, "medium": 1500, "large": 6000}  # tokens
_MOST_FOLDERS = 32
_MOST_CHARACTERS = 200_000  # of one file: no budget has room for more
_SEAM = 4  # tokens; parts that are joined may count as so many more
_LEAST = 40  # tokens; in less there is nothing worth to be said
# The ends of what may stand alone, the best first.
_ENDS = ("\n# ", "\n## ", "\n### ", "\n\n", "\n")
_WORTH = 0.6  # a better end is preferred if it keeps so much of what fits

Estimate = Callable[[str], int]


@dataclass(frozen=True)
class Instructions:
    """The text for the system message, '' if there is none; `paths` are what it was taken from.

    `left_out` tells the person what did not fit, a sentence for each file.
    """

    text: str = ""
    paths: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def instructions(
    view: WorkspaceView,
    roots: Sequence[str],
    near: str | None,
    budget_tokens: int,
    estimate: Estimate,
) -> Instructions:
    """Return the instructions for work near the path `near`, at most `budget_tokens` long.

    `estimate` counts the tokens of a text. Open documents count before the files on disk; a file
    that cannot be read is left out. Blocks on the disk: call it in a thread.
    """
    blocks: list[str] = []
    paths: list[str] = []
    left_out: list[str] = []
    room = budget_tokens
    for path, content in _found(view, roots, near, left_out):
        shown = view.display(path)
        head = f"## {shown}\n\n"
        kept = _cut(content, room - estimate(head) - _SEAM, estimate)
        if len(kept) < len(content):
            share = round(100 * (len(content) - len(kept)) / len(content))
            share = min(max(1, share), 99 if kept else 100)
            left_out.append(
                f"{share} % of {shown} is not sent to the model, as it would fill its "
                "window: shorten the file, or choose a larger window.num_ctx."
            )
        if not kept:
            continue
        missing = len(content) - len(kept)
        note = f"\n[{missing:,} characters of this file are left out]" if missing else ""
        blocks.append(f"{head}{kept}{note}")
        paths.append(path)
        room = budget_tokens - estimate("\n\n".join(blocks))
    return Instructions("\n\n".join(blocks), tuple(paths), tuple(left_out))


def _found(
    view: WorkspaceView, roots: Sequence[str], near: str | None, left_out: list[str]
) -> Iterator[tuple[str, str]]:
    """Return paths and texts, the nearest first; each file and each text once.

    What is there and cannot be read is told in `left_out`.
    """
    seen: set[str] = set()
    for folder in _folders(roots, near):
        for name in NAMES:
            try:
                path = view.locate(str(Path(folder) / name))
                # Asked first: to say that a file is missing, others of its name are looked for.
                if path in seen or not view.exists(path):
                    continue
                content = view.peek(path).text.strip()
            except FileMissing:
                continue
            except WorkspaceError as error:  # a link that leads out, a folder, no text
                log.info("instructions in %s are not used: %s", folder, error)
                if _is_there(folder, name, roots):
                    shown = view.display(str(Path(folder) / name))
                    left_out.append(
                        f"{shown} is not sent to the model, as it cannot be read: make it a file "
                        "of text that lies within the workspace."
                    )
                continue
            if content and content not in seen:
                yield path, content
            seen.update((path, content))


def _is_there(folder: str, name: str, roots: Sequence[str]) -> bool:
    """Tell whether a folder that is of the workspace has something of that name."""
    if not os.path.lexists(Path(folder) / name):
        return False
    real = os.path.realpath(folder)
    return any(real == root or is_beneath(real, root) for root in map(os.path.realpath, roots))


def _folders(roots: Sequence[str], near: str | None) -> Iterator[str]:
    """Return the folders from that of `near` up to its root, then the other roots."""
    root = next((root for root in roots if near and is_beneath(near, root)), None)
    if near and root is not None:
        for folder in list(Path(near).parents)[:_MOST_FOLDERS]:
            if folder == Path(root) or not is_beneath(str(folder), root):
                break
            yield str(folder)
        yield root
    yield from (other for other in roots if other != root)


def _cut(text: str, tokens: int, estimate: Estimate) -> str:
    """Return the beginning of the text that has at most so many tokens, ended at a good place."""
    if len(text) <= _MOST_CHARACTERS and estimate(text) <= tokens:
        return text
    text = text[:_MOST_CHARACTERS]
    tokens -= estimate("\n[100,000 characters of this file are left out]")
    if tokens < _LEAST:
        return ""
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if estimate(text[:middle]) <= tokens:
            low = middle
        else:
            high = middle - 1
    for end in _ENDS:
        at = text.rfind(end, 0, low + 1)
        if at >= low * _WORTH:
            return text[:at].rstrip()
    return text[:low].rstrip()
