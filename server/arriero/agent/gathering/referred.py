"""From what the user referred to in a prompt to the texts."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from arriero.agent.gathering.files import file_offer, part_offer
from arriero.agent.gathering.git_state import git_known
from arriero.agent.gathering.known import Known
from arriero.agent.gathering.offer import Offer, Sourced
from arriero.agent.gathering.problems import problem_entries
from arriero.agent.gathering.references import Reference, plain_symbol
from arriero.agent.gathering.shapes import Entries
from arriero.index.symbols import Definition, read_name
from arriero.workspace.errors import FileMissing, WorkspaceError
from arriero.workspace.excerpt import plain_lines
from arriero.workspace.problem import Problem
from arriero.workspace.view import WorkspaceView

log = logging.getLogger(__name__)

_MOST_DEFINITIONS = 3
_ANNOTATIONS = ("@", "[", "#[", "template", "export @")
_GIT_SECONDS = 2.0


def referred(
    reference: Reference, view: WorkspaceView, known: Known | None, problems: Sequence[Problem]
) -> Sourced:
    """Return what one reference stands for. Blocks on the disk."""
    match reference.kind:
        case "path":
            return _path(reference, view)
        case "symbol":
            return _symbol(reference, view, known)
        case "problems":
            return _problems(reference, view, problems)
        case "git":
            return _git(reference, view)


def _path(reference: Reference, view: WorkspaceView) -> Sourced:
    try:
        path = view.locate(reference.name)
        if not view.exists(path):
            return _unknown(reference, "is not in the workspace")
        if view.is_directory(path):
            return Sourced((_folder(reference, view, path),))
        why = f"you referred to it with {reference.written}"
        lines = plain_lines(view.peek(path).text)
        if not reference.first:
            return Sourced((file_offer(view.display(path), lines, why),))
        if reference.first > len(lines):
            return _unknown(reference, f"has only {len(lines)} lines")
        return Sourced(
            (part_offer(view.display(path), lines, reference.first, reference.last, why),)
        )
    except WorkspaceError as error:
        log.info("%s is not given: %s", reference.written, error)
        missing = isinstance(error, FileMissing)
        return _unknown(reference, "is not in the workspace" if missing else "cannot be read")


def _folder(reference: Reference, view: WorkspaceView, path: str) -> Offer:
    shown = view.display(path)
    listing = view.entries(path)
    names = [f"{one.name}/" if one.is_directory else one.name for one in listing.entries]
    why = f"you referred to it with {reference.written}"
    return Offer(f"{shown}/", why, f"The folder {shown}/ contains", Entries(names or ["nothing"]))


def _symbol(reference: Reference, view: WorkspaceView, known: Known | None) -> Sourced:
    if known is None:
        return _unknown(reference, "cannot be looked up, as the workspace is not indexed")
    offers: list[Offer] = []
    found: Sequence[Definition] = ()
    for name in (reference.name, plain_symbol(reference.name)):
        asked = read_name(name)
        found = found or known.definitions(asked)
    for one in [one for one in found if one.is_in(asked.container)] or found:
        offer = _definition(reference, view, one)
        if offer is not None:
            offers.append(offer)
        if len(offers) == _MOST_DEFINITIONS:
            break
    return Sourced(tuple(offers)) if offers else _unknown(reference, "is not known to be defined")


def _definition(reference: Reference, view: WorkspaceView, one: Definition) -> Offer | None:
    """Return the lines of a definition, which may have moved since the index read it."""
    try:
        lines = plain_lines(view.peek(one.path).text)
    except WorkspaceError as error:  # gone since
        log.info("%s is not shown: %s", one.path, error)
        return None
    having = [number for number, line in enumerate(lines, 1) if one.name in line]
    named = min(having, key=lambda number: (abs(number - one.line), number), default=0)
    if not named:
        return None
    start = one.line if _is_annotated(lines, one.line, named) else named
    end = min(start + max(one.end_line - one.line, 0), len(lines))
    why = f"it {one.said}, which you referred to with {reference.written}"
    return part_offer(view.display(one.path), lines, start, end, why)


def _is_annotated(lines: Sequence[str], first: int, named: int) -> bool:
    """Tell whether a definition begins with annotations, which stand above its name."""
    above = lines[first - 1 : named - 1]
    return bool(above) and all(above) and above[0].lstrip().startswith(_ANNOTATIONS)


def _problems(reference: Reference, view: WorkspaceView, problems: Sequence[Problem]) -> Sourced:
    readable = [one for one in problems if not _withheld(view, one.path)]
    entries = problem_entries(readable, view.display)
    if not entries:
        return _unknown(reference, "finds none: the editor reports no problems")
    why = f"you asked for them with {reference.written}"
    return Sourced((Offer("problems", why, "Problems that the editor reports", Entries(entries)),))


def _withheld(view: WorkspaceView, path: str) -> bool:
    """Whether rules keep a file from the run; who asks for all problems does not name it."""
    try:
        return view.withholds(path)
    except WorkspaceError:  # not of the workspace: rules of the workspace say nothing of it
        return False


def _git(reference: Reference, view: WorkspaceView) -> Sourced:
    known = [git_known(root, _GIT_SECONDS, counts=True) for root in view.roots]
    entries = [entry for one in known for entry in one.entries]
    if not entries:
        return _unknown(reference, "finds no Git repository that can be read")
    shape = Entries(entries, open_end=not all(one.complete for one in known))
    why = f"you asked for it with {reference.written}"
    return Sourced((Offer("state of Git", why, "State of Git", shape),))


def _unknown(reference: Reference, reason: str) -> Sourced:
    return Sourced((), (f"{reference.written} {reason}.",) if reference.sure else ())
