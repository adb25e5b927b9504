"""`textDocument/codeAction` and `codeAction/resolve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.lsp import code_actions, marks
from arriero.lsp.review_actions import review_offers

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection


async def code_action(
    connection: Connection, params: types.CodeActionParams
) -> list[types.CodeAction | types.Command]:
    """Return the actions at a place, and note the problems that the client told of it."""
    client, context = connection.client, params.context
    path = connection.documents.path_of(params.text_document.uri)
    problems = [one for one in context.diagnostics if one.source != marks.SOURCE]
    connection.problems.note(path, problems)
    on_runs = await review_offers(connection, params)
    return [
        code_actions.to_lsp(
            offer, params, literals=client.action_literals, resolves=client.resolves_command
        )
        for offer in (*on_runs, *code_actions.offers(connection, params))
        if code_actions.wanted(offer.kind, context.only)
    ]


def resolve(_connection: Connection, action: types.CodeAction) -> types.CodeAction:
    """Give an action its command."""
    return code_actions.resolve(action)
