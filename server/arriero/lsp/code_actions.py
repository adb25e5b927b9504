"""The code actions, which only name a command: nothing here asks a model or reads a file.

An action carries all that its command needs; resolving one makes its command of its `data`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from arriero.lsp import marks
from arriero.lsp.comments import find_request
from arriero.lsp.wording import shortened
from arriero.workspace.text import LineIndex

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection

QUICK_FIX = types.CodeActionKind.QuickFix
REWRITE = types.CodeActionKind.RefactorRewrite
SOURCE = types.CodeActionKind.Source
EMPTY = types.CodeActionKind.Empty
KINDS = (QUICK_FIX, REWRITE, SOURCE, EMPTY)
_AROUND = 25  # lines beside the cursor in which a comment may ask for something


@dataclass(frozen=True)
class Offer:
    """One action before it is put into the client's words.

    `run` is the argument of one that is about a run and not about a place.
    """

    title: str
    kind: types.CodeActionKind
    command: str
    diagnostic: types.Diagnostic | None = None
    run: Mapping[str, Any] | None = None


def offers(connection: Connection, params: types.CodeActionParams) -> Iterator[Offer]:
    """Return what a model can be asked to do at a place."""
    diagnostics = [one for one in params.context.diagnostics if one.source != marks.SOURCE]
    for one in diagnostics:
        title = "Fix this problem"
        if len(diagnostics) > 1:
            title += ": " + shortened(" ".join(one.message.split()), 60)
        yield Offer(title, QUICK_FIX, "arriero.fix", one)
    if params.range.start != params.range.end:
        yield Offer("Edit selection…", REWRITE, "arriero.edit")
    yield Offer("Add documentation", REWRITE, "arriero.document")
    if _asks_something(connection, params):
        yield Offer("Follow this comment", REWRITE, "arriero.followComment")
    yield Offer("Write tests", SOURCE, "arriero.test")
    yield Offer("Review this file", SOURCE, "arriero.review")
    yield Offer("Explain", EMPTY, "arriero.explain")


def wanted(kind: types.CodeActionKind, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether `context.only` lets a kind through; each of its kinds stands for its sub-kinds."""
    if only is None:
        return True
    for one in only:
        prefix = str(getattr(one, "value", one))
        if prefix in ("", kind.value) or kind.value.startswith(f"{prefix}."):
            return True
    return False


def to_lsp(
    offer: Offer, params: types.CodeActionParams, *, literals: bool, resolves: bool
) -> types.CodeAction | types.Command:
    """Return an action; a client without action literals gets the bare command.

    `resolves`: the client may ask for the command with `codeAction/resolve`. It is there at once
    all the same: Helix (25.01) does ask, and then does the command that the action had before.
    """
    argument = _argument(offer, params)
    if not literals:
        return _command(offer.title, offer.command, argument)
    action = types.CodeAction(
        offer.title,
        offer.kind,
        diagnostics=None if offer.diagnostic is None else [offer.diagnostic],
    )
    action.command = _command(offer.title, offer.command, argument)
    if resolves:
        action.data = {"command": offer.command, "argument": argument}
    return action


def resolve(action: types.CodeAction) -> types.CodeAction:
    """Give an action its command; one that is not ours stays as it is."""
    data = action.data
    if isinstance(data, dict) and isinstance(data.get("command"), str):
        action.command = _command(action.title, data["command"], data.get("argument"))
    return action


def _argument(offer: Offer, params: types.CodeActionParams) -> dict[str, Any]:
    if offer.run is not None:
        return dict(offer.run)
    argument: dict[str, Any] = {"textDocument": {"uri": params.text_document.uri}}
    if offer.command != "arriero.review":  # the whole file
        argument["range"] = _range(params.range)
    if offer.diagnostic is not None:
        argument["range"] = _range(offer.diagnostic.range)
        argument["diagnostics"] = [_diagnostic(offer.diagnostic)]
    return argument


def _command(title: str, command: str, argument: Any) -> types.Command:
    return types.Command(title=title, command=command, arguments=[argument])


def _range(selected: types.Range) -> dict[str, Any]:
    return {
        "start": {"line": selected.start.line, "character": selected.start.character},
        "end": {"line": selected.end.line, "character": selected.end.character},
    }


def _diagnostic(one: types.Diagnostic) -> dict[str, Any]:
    told: dict[str, Any] = {"range": _range(one.range), "message": one.message}
    if one.severity is not None:
        told["severity"] = int(one.severity)
    if one.source is not None:
        told["source"] = one.source
    if one.code is not None:
        told["code"] = one.code
    return told


def _asks_something(connection: Connection, params: types.CodeActionParams) -> bool:
    buffer = connection.documents.get(connection.documents.path_of(params.text_document.uri))
    if buffer is None or "arriero:" not in buffer.text.lower():
        return False
    index = LineIndex(buffer.text)
    first = max(params.range.start.line - _AROUND, 0)
    last = min(params.range.end.line + _AROUND, index.line_count - 1)
    lines = [
        buffer.text[index.line_start(number) : index.line_end(number)]
        for number in range(first, last + 1)
    ]
    at = params.range.start.line - first, params.range.end.line - first
    return find_request(lines, *at) is not None
