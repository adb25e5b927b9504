"""Changes as WorkspaceEdits: positions in three encodings, versions, what a client cannot do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types
from lsprotocol.converters import get_converter

from arriero.lsp.client import ClientFeatures
from arriero.lsp.edits import EditWriter, Unsupported, text_edits
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    FileChange,
    RenameFile,
    Replacement,
    TextChange,
    WorkspaceChange,
)
from arriero.workspace.text import PositionEncoding
from scale import is_full

FULL = is_full()
ENCODINGS: tuple[PositionEncoding, ...] = ("utf-8", "utf-16", "utf-32")
ALL = frozenset({"create", "rename", "delete"})
CAPABLE = ClientFeatures(
    apply_edit=True, document_changes=True, resource_operations=ALL, annotations=True
)
PLAIN = ClientFeatures(apply_edit=True)
EDIT = TextChange("/w/a.py", "one\ntwo\n", (Replacement(4, 7, "2"),), version=7)
EDIT_JSON = {
    "range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 3}},
    "newText": "2",
}
START = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}


def write(client: ClientFeatures, *changes: FileChange, confirm: bool = False) -> Any:
    writer = EditWriter(client, lambda path: f"file://{path}")
    edit = writer.write(WorkspaceChange("Label", changes), confirm=confirm)
    return get_converter().unstructure(edit)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            (EDIT,),
            [{"textDocument": {"uri": "file:///w/a.py", "version": 7}, "edits": [EDIT_JSON]}],
        ),
        (
            (replace(EDIT, version=None),),
            [{"textDocument": {"uri": "file:///w/a.py", "version": None}, "edits": [EDIT_JSON]}],
        ),
        (
            (CreateFile("/w/b", "text"),),
            [
                {"kind": "create", "uri": "file:///w/b"},
                {
                    "textDocument": {"uri": "file:///w/b", "version": None},
                    "edits": [{"range": START, "newText": "text"}],
                },
            ],
        ),
        ((CreateFile("/w/b", ""),), [{"kind": "create", "uri": "file:///w/b"}]),
        (
            (RenameFile("/w/a", "/w/b"),),
            [{"kind": "rename", "oldUri": "file:///w/a", "newUri": "file:///w/b"}],
        ),
        ((DeleteFile("/w/a", "x"),), [{"kind": "delete", "uri": "file:///w/a"}]),
    ],
)
def test_document_changes(changes: tuple[FileChange, ...], expected: Any) -> None:
    assert write(CAPABLE, *changes) == {"documentChanges": expected}


def test_a_client_without_document_changes_gets_the_map() -> None:
    assert write(PLAIN, EDIT) == {"changes": {"file:///w/a.py": [EDIT_JSON]}}


def test_confirmation_is_asked_of_every_part() -> None:
    edit = write(CAPABLE, EDIT, CreateFile("/w/b", "x"), DeleteFile("/w/c", ""), confirm=True)
    (note,) = edit["changeAnnotations"].items()
    assert note[1] == {"label": "Label", "needsConfirmation": True}
    text, create, content, delete = edit["documentChanges"]
    marked = (*text["edits"], create, *content["edits"], delete)
    assert [part["annotationId"] for part in marked] == [note[0]] * 4


@pytest.mark.parametrize("client", [replace(CAPABLE, annotations=False), PLAIN])
def test_a_client_without_annotations_gets_none(client: ClientFeatures) -> None:
    edit = write(client, EDIT, confirm=True)
    assert "changeAnnotations" not in edit
    assert "annotationId" not in str(edit)


def test_a_client_that_names_operations_only_takes_them_in_document_changes() -> None:
    client = replace(PLAIN, resource_operations=ALL)  # as Neovim
    assert set(write(client, EDIT)) == {"changes"}
    (part,) = write(client, DeleteFile("/w/b", ""))["documentChanges"]
    assert (part["kind"], part["uri"]) == ("delete", "file:///w/b")


@pytest.mark.parametrize(
    ("client", "change", "verb"),
    [
        (PLAIN, CreateFile("/w/b", ""), "create"),
        (
            replace(CAPABLE, resource_operations=frozenset({"create"})),
            DeleteFile("/b", ""),
            "delete",
        ),
        (replace(CAPABLE, resource_operations=frozenset()), RenameFile("/b", "/c"), "rename"),
    ],
)
def test_what_cannot_be_said_is_refused(
    client: ClientFeatures, change: FileChange, verb: str
) -> None:
    with pytest.raises(Unsupported, match=f"cannot {verb} files"):
        write(client, EDIT, change)


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 7), ("utf-16", 4), ("utf-32", 3)])
def test_positions_are_in_the_clients_encoding(encoding: PositionEncoding, character: int) -> None:
    change = TextChange("/w/a", "x\r\n\u00e9\U0001f600a\r\n", (Replacement(5, 6, "b"),))
    (edit,) = text_edits(change, encoding)
    assert edit.range == types.Range(
        types.Position(1, character - 1),
        types.Position(1, character),
    )


# Letters that differ in each encoding, and every line end.
PIECES = ("a", "\u00e9", "\u2028", "\U0001f600", "\n", "\r", "\r\n", "\r\n")
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@st.composite
def text_changes(draw: st.DrawFn) -> TextChange:
    base = draw(TEXTS)
    bounds = sorted(draw(st.lists(st.integers(0, len(base)), max_size=8)))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    # As in a real change: replacements neither overlap nor begin where the one before began.
    chosen: list[Replacement] = []
    for start, end in pairs:
        if not chosen or start > chosen[-1].start:
            chosen.append(Replacement(start, end, draw(TEXTS)))
    return TextChange("/w/a", base, tuple(chosen))


@settings(max_examples=400 if FULL else 100)
@given(text_changes(), st.sampled_from(ENCODINGS))
def test_edits_do_to_a_client_what_the_change_says(
    change: TextChange, encoding: PositionEncoding
) -> None:
    expected, at = "", 0
    for one in change.replacements:
        expected += change.base[at : one.start] + one.text
        at = one.end
    expected += change.base[at:]
    assert apply(change.base, text_edits(change, encoding), encoding) == expected


def apply(text: str, edits: list[types.TextEdit], encoding: PositionEncoding) -> str:
    """Apply edits as a simple client does: each position found by walking the whole text."""
    result, at = "", 0
    for edit in edits:
        start, end = (
            offset(text, edit.range.start, encoding),
            offset(text, edit.range.end, encoding),
        )
        assert at <= start <= end, "edits overlap"
        result += text[at:start] + edit.new_text
        at = end
    return result + text[at:]


def offset(text: str, position: types.Position, encoding: PositionEncoding) -> int:
    line, character = 0, 0
    for index, char in enumerate(text):
        if (line, character) == (position.line, position.character):
            return index
        if char == "\n" or (char == "\r" and text[index + 1 : index + 2] != "\n"):
            line, character = line + 1, 0
        elif char == "\r":
            character = -1_000_000  # no position is between CR and LF
        else:
            width = {"utf-8": len(char.encode()), "utf-16": len(char.encode("utf-16-le")) // 2}
            character += width.get(encoding, 1)
    assert (line, character) == (position.line, position.character), "no such position"
    return len(text)
