"""What one client can do, read once from its `initialize` request.

Everything that the server sends on its own is gated by one of these flags; nothing else looks at
the client's capabilities. Names follow LSP 3.18.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types

from arriero.workspace.text import PositionEncoding

_ENCODINGS: dict[str, PositionEncoding] = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-32": "utf-32"}


@dataclass(frozen=True)
class ClientFeatures:
    """The client's side of every negotiation.

    `apply_edit` to `metadata` gate workspace edits, `action_literals` and `resolves_command` code
    actions. A client that said nothing of itself gets the plainest service.
    """

    name: str = "editor"
    encoding: PositionEncoding = "utf-16"
    apply_edit: bool = False
    document_changes: bool = False
    resource_operations: frozenset[str] = frozenset()
    annotations: bool = False
    metadata: bool = False
    action_literals: bool = False
    resolves_command: bool = False
    configuration: bool = False
    configuration_registration: bool = False
    watched_files: bool = False
    progress: bool = False
    show_document: bool = False
    inline_completion: bool = False
    completion_registration: bool = False
    snippets: bool = False
    symbol_registration: bool = False
    symbol_kinds: frozenset[int] = frozenset(range(1, 19))
    diagnostics: bool = False


def from_lsp(params: types.InitializeParams) -> ClientFeatures:
    """Read what the client says of itself."""
    told = params.capabilities
    workspace = told.workspace or types.WorkspaceClientCapabilities()
    edit = workspace.workspace_edit or types.WorkspaceEditClientCapabilities()
    window = told.window or types.WindowClientCapabilities()
    document = told.text_document or types.TextDocumentClientCapabilities()
    action = document.code_action or types.CodeActionClientCapabilities()
    resolve = action.resolve_support
    completion = document.completion or types.CompletionClientCapabilities()
    item = completion.completion_item
    changed = workspace.did_change_configuration
    watched = workspace.did_change_watched_files
    symbol = workspace.symbol
    return ClientFeatures(
        name=_name(params.client_info),
        encoding=choose_encoding(told),
        apply_edit=bool(workspace.apply_edit),
        document_changes=bool(edit.document_changes),
        resource_operations=frozenset(_value(kind) for kind in edit.resource_operations or ()),
        annotations=edit.change_annotation_support is not None,
        metadata=bool(edit.metadata_support),
        action_literals=action.code_action_literal_support is not None,
        resolves_command=bool(action.data_support)
        and resolve is not None
        and "command" in resolve.properties,
        configuration=bool(workspace.configuration),
        configuration_registration=changed is not None and bool(changed.dynamic_registration),
        watched_files=watched is not None and bool(watched.dynamic_registration),
        progress=bool(window.work_done_progress),
        show_document=window.show_document is not None and window.show_document.support,
        inline_completion=document.inline_completion is not None,
        completion_registration=bool(completion.dynamic_registration),
        snippets=item is not None and bool(item.snippet_support),
        symbol_registration=symbol is not None and bool(symbol.dynamic_registration),
        symbol_kinds=_symbol_kinds(symbol),
        diagnostics=document.publish_diagnostics is not None,
    )


def choose_encoding(told: types.ClientCapabilities) -> PositionEncoding:
    """Return the client's first encoding that is one of ours; UTF-16 where it names none."""
    offered = (told.general.position_encodings if told.general else None) or ()
    for encoding in offered:
        if _value(encoding) in _ENCODINGS:
            return _ENCODINGS[_value(encoding)]
    return "utf-16"


@dataclass(frozen=True)
class ClientOptions:
    """The client's `initializationOptions`.

    `reviews`: the client shows proposals itself, through `arriero/proposal`. `answers`: it shows
    final messages itself, from the results of commands. `settings`: as in section `arriero`.
    `trusted`: the user trusts the workspace, so that its own settings may be used. `applies`: it
    takes `workspace/applyEdit` though its capabilities do not say so, as Kate does.
    """

    reviews: bool = False
    answers: bool = False
    trusted: bool = False
    applies: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)


def options_from_lsp(options: object) -> ClientOptions:
    """Read `{review?: "client", answers?: "client", trusted?: true, applyEdit?: true,
    settings?: {}}`.

    What is not so is left out.
    """
    if not isinstance(options, Mapping):
        return ClientOptions()
    settings = options.get("settings")
    return ClientOptions(
        reviews=options.get("review") == "client",
        answers=options.get("answers") == "client",
        trusted=options.get("trusted") is True,
        applies=options.get("applyEdit") is True,
        settings=dict(settings) if isinstance(settings, Mapping) else {},
    )


def _name(info: types.ClientInfo | None) -> str:
    if info is None:
        return "editor"
    return f"{info.name} {info.version}" if info.version else info.name


def _symbol_kinds(symbol: types.WorkspaceSymbolClientCapabilities | None) -> frozenset[int]:
    told = symbol.symbol_kind.value_set if symbol is not None and symbol.symbol_kind else None
    if told is None:
        return ClientFeatures.symbol_kinds  # those of LSP's first version
    return frozenset(int(getattr(kind, "value", kind)) for kind in told)


def _value(kind: object) -> str:
    return str(getattr(kind, "value", kind))
