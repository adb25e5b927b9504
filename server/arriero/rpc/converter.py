"""One cattrs converter for all connections: to build one costs 20 ms and a megabyte."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, get_args

import attrs
from cattrs import Converter
from cattrs.cols import is_sequence
from cattrs.errors import IterableValidationError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from lsprotocol import types
from pygls.protocol import default_converter


@cache
def shared_converter() -> Converter:
    """Return the converter of this process; it is not changed once it is made.

    Besides lsprotocol's types it knows all attrs classes of Arriero, whose fields have camelCase
    names on the wire. Scalars are not coerced: `5` is no string and `"false"` no boolean.
    """
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]
    converter.register_structure_hook(str, _exactly_str)
    converter.register_structure_hook(bool, _exactly_bool)
    converter.register_structure_hook(int, _exactly_int)
    converter.register_structure_hook_factory(is_sequence, _sequence_hook)
    converter.register_structure_hook_factory(
        _is_own, lambda cls: make_dict_structure_fn(cls, converter, **_wire_names(cls))
    )
    converter.register_unstructure_hook_factory(
        _is_own, lambda cls: make_dict_unstructure_fn(cls, converter, **_wire_names(cls))
    )
    return converter


def prewarm() -> None:
    """Do now what the first connection would wait for: code generation for the largest types.

    To be called in a worker thread: it takes a tenth of a second.
    """
    converter = shared_converter()
    # Whenever cattrs meets a kind of container for the first time, it forgets what it has made of
    # all types: so twice.
    for _ in range(2):
        converter.unstructure([{}, [{"": []}], (), ""])
        _warm_up(converter)


def _warm_up(converter: Converter) -> None:
    position = {"line": 0, "character": 0}
    span = {"start": position, "end": position}
    item = {"uri": "", "languageId": "", "version": 0, "text": ""}
    initialize = {
        "processId": None,
        "capabilities": {
            "general": {},
            "textDocument": {"codeAction": {}},
            "window": {"showDocument": {"support": True}},
            "workspace": {"workspaceEdit": {}},
        },
        "workspaceFolders": [{"uri": "", "name": ""}],
    }
    changes = [{"range": span, "text": ""}, {"text": ""}]
    change = {"textDocument": {"uri": "", "version": 0}, "contentChanges": changes}
    converter.structure(initialize, types.InitializeParams)
    converter.structure({"textDocument": item}, types.DidOpenTextDocumentParams)
    converter.structure(change, types.DidChangeTextDocumentParams)
    everything = types.FileOperationRegistrationOptions(
        [types.FileOperationFilter(types.FileOperationPattern("**"))]
    )
    capabilities = types.ServerCapabilities(
        position_encoding=types.PositionEncodingKind.Utf16,
        text_document_sync=types.TextDocumentSyncOptions(save=types.SaveOptions()),
        code_action_provider=types.CodeActionOptions([types.CodeActionKind.QuickFix]),
        execute_command_provider=types.ExecuteCommandOptions([""]),
        workspace=types.WorkspaceOptions(
            types.WorkspaceFoldersServerCapabilities(),
            types.FileOperationOptions(everything, None, everything, None, everything),
        ),
        experimental={},
    )
    converter.unstructure(types.InitializeResult(capabilities, types.ServerInfo("")))


def _sequence_hook(cls: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """Return what makes a list; unlike cattrs's own it tells of the first bad item only.

    An error takes 4 kB, and a message may have millions of items, or letters in place of items.
    """
    (kind,) = get_args(cls) or (Any,)
    structure = converter.get_structure_hook(kind)

    def listed(value: Any, _: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise TypeError("a list is expected")
        items: list[Any] = []
        try:
            for item in value:
                items.append(structure(item, kind))  # noqa: PERF401 - how many there are tells where
        except Exception as error:
            note = IterableValidationNote(f"item {len(items)}", len(items), kind)
            error.__dict__.setdefault("__notes__", []).append(note)  # as `add_note` of Python 3.11
            raise IterableValidationError("a list does not fit", [error], cls) from error
        return items

    return listed


def _is_own(cls: Any) -> bool:
    return attrs.has(cls) and not cls.__module__.startswith(("lsprotocol.", "pygls."))


def _wire_names(cls: Any) -> dict[str, Any]:
    return {field.name: override(rename=_camel_case(field.name)) for field in attrs.fields(cls)}


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _exactly_str(value: Any, cls: type[str]) -> str:
    if isinstance(value, str):
        return cls(value)  # cattrs asks this for enumerations of strings too
    raise TypeError("a string is expected")


def _exactly_bool(value: Any, _: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError("true or false is expected")


def _exactly_int(value: Any, cls: type[int]) -> int:
    # Languages with one kind of number write 2.0 for 2.
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value):
        return cls(int(value))
    raise TypeError("an integer is expected")
