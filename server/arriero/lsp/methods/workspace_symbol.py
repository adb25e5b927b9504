"""`workspace/symbol`: what is defined in the workspace under a name that is typed a part of.

It is offered only where the setting `index.workspace_symbols` wants it: registered once the
settings are known, or in the answer to `initialize` for a client that cannot register.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from lsprotocol import types

from arriero.index.naming import Placed, read_typed
from arriero.lsp.registering import ask_for, no_longer
from arriero.workspace.text import LineIndex

if TYPE_CHECKING:
    from arriero.lsp.connection import Connection
    from arriero.settings.model import Settings

_MOST = 200
_KINDS: dict[str, tuple[types.SymbolKind, ...]] = {
    "class": (types.SymbolKind.Class,),
    "constant": (types.SymbolKind.Constant,),
    "constructor": (types.SymbolKind.Constructor,),
    "enum": (types.SymbolKind.Enum,),
    "field": (types.SymbolKind.Field,),
    "function": (types.SymbolKind.Function,),
    "heading": (types.SymbolKind.String,),
    "id": (types.SymbolKind.Property,),
    "index": (types.SymbolKind.Key, types.SymbolKind.Property),
    "interface": (types.SymbolKind.Interface,),
    "key": (types.SymbolKind.Key, types.SymbolKind.Property),
    "macro": (types.SymbolKind.Constant,),
    "member": (types.SymbolKind.EnumMember, types.SymbolKind.Constant),
    "method": (types.SymbolKind.Method,),
    "module": (types.SymbolKind.Module,),
    "namespace": (types.SymbolKind.Namespace,),
    "package": (types.SymbolKind.Package,),
    "property": (types.SymbolKind.Property,),
    "prototype": (types.SymbolKind.Function,),
    "selector": (types.SymbolKind.Class,),
    "struct": (types.SymbolKind.Struct, types.SymbolKind.Class),
    "table": (types.SymbolKind.Struct, types.SymbolKind.Class),
    "target": (types.SymbolKind.Function,),
    "trait": (types.SymbolKind.Interface,),
    "trigger": (types.SymbolKind.Event, types.SymbolKind.Function),
    "type": (types.SymbolKind.Class,),
    "union": (types.SymbolKind.Struct, types.SymbolKind.Class),
    "variable": (types.SymbolKind.Variable,),
    "view": (types.SymbolKind.Struct, types.SymbolKind.Class),
}


async def workspace_symbol(
    connection: Connection, params: types.WorkspaceSymbolParams
) -> list[types.SymbolInformation]:
    """Return 200 definitions at most, the best first; none where it is off or nothing is indexed.

    What is returned is also what a client takes as `WorkspaceSymbol`: the fields are the same.
    """
    attachment = await connection.attached()
    typed = read_typed(params.query)
    if typed is None or not attachment.settings.index.workspace_symbols:
        return []
    indexes = connection.hub.indexes
    await indexes.settle(attachment, 0.0)
    searcher = indexes.searcher(attachment.roots, connection.documents)
    left_out = attachment.settings.left_out
    stop = threading.Event()
    try:
        found = await asyncio.to_thread(searcher.named, typed, _MOST, left_out, stop.is_set)
    finally:
        stop.set()  # who types on does not wait for this answer
    return [_told(connection, one) for one in found]


def decide(connection: Connection, settings: Settings) -> None:
    """Decide for the whole connection, where the client has to be told in `initialize`."""
    if not connection.client.symbol_registration:
        connection.offers_symbols = settings.index.workspace_symbols


async def offer(connection: Connection) -> None:
    """Register or take back, as the settings want it now, where the client can."""
    if not connection.client.symbol_registration:
        return
    attachment = await connection.attached()
    wanted = attachment.settings.index.workspace_symbols
    if wanted == connection.offers_symbols:
        return
    connection.offers_symbols = wanted
    if wanted:
        options = types.WorkspaceSymbolRegistrationOptions()
        await ask_for(connection, types.WORKSPACE_SYMBOL, options)
    else:
        await no_longer(connection, types.WORKSPACE_SYMBOL)


def _told(connection: Connection, one: Placed) -> types.SymbolInformation:
    encoding = connection.client.encoding
    line = LineIndex(one.text)
    start = types.Position(one.line, line.position_at(one.start, encoding)[1])
    end = types.Position(one.line, line.position_at(one.end, encoding)[1])
    kinds = (*_KINDS.get(one.definition.kind, ()), types.SymbolKind.Variable)
    known = connection.client.symbol_kinds
    return types.SymbolInformation(
        types.Location(connection.documents.uri_of(one.definition.path), types.Range(start, end)),
        one.definition.name,
        next((kind for kind in kinds if kind.value in known), types.SymbolKind.Variable),
        container_name=one.definition.container or None,
    )
