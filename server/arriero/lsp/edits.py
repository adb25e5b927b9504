"""From our changes to LSP's `WorkspaceEdit`, in the client's position encoding.

An edit says at most what the client can do: versions and resource operations only with
`documentChanges`, a request to look first only with change annotations. What cannot be said is
`Unsupported`, never a weaker edit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lsprotocol import types

from arriero.lsp.client import ClientFeatures
from arriero.workspace.changes import (
    CreateFile,
    DeleteFile,
    FileChange,
    RenameFile,
    Replacement,
    TextChange,
    WorkspaceChange,
)
from arriero.workspace.text import LineIndex, PositionEncoding

_ANNOTATION = "arriero"
_START = types.Range(types.Position(0, 0), types.Position(0, 0))
_OPERATIONS: dict[type[FileChange], tuple[str, str]] = {
    CreateFile: ("create", "create"),
    RenameFile: ("rename", "rename"),
    DeleteFile: ("delete", "delete"),
}

DocumentChange = types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile


class Unsupported(Exception):
    """The client cannot be given this change; the sentence says what to do."""


@dataclass(frozen=True)
class EditWriter:
    """Writes changes for one client; `uri_of` gives the client's own URI for a path."""

    client: ClientFeatures
    uri_of: Callable[[str], str]

    def write(self, change: WorkspaceChange, *, confirm: bool = False) -> types.WorkspaceEdit:
        """Return the edit; with `confirm` it asks the user first where the client can do so.

        Raises Unsupported.
        """
        if not self.client.document_changes and not self._needs_operations(change):
            return types.WorkspaceEdit(changes=self._by_uri(change))
        annotation = _ANNOTATION if confirm and self.client.annotations else None
        edit = types.WorkspaceEdit(
            document_changes=[
                part for one in change.changes for part in self._document_changes(one, annotation)
            ]
        )
        if annotation:
            edit.change_annotations = {
                annotation: types.ChangeAnnotation(change.label, needs_confirmation=True)
            }
        return edit

    def _needs_operations(self, change: WorkspaceChange) -> bool:
        """Whether a change is more than texts, for a client that can do more.

        Neovim names its resource operations, which only `documentChanges` can hold, and not that.
        """
        more = any(not isinstance(one, TextChange) for one in change.changes)
        return more and bool(self.client.resource_operations)

    def _by_uri(self, change: WorkspaceChange) -> dict[str, list[types.TextEdit]]:
        edits: dict[str, list[types.TextEdit]] = {}
        for one in change.changes:
            if not isinstance(one, TextChange):
                raise self._refusal(one)
            edits.setdefault(self.uri_of(one.path), []).extend(
                text_edits(one, self.client.encoding)
            )
        return edits

    def _document_changes(self, change: FileChange, annotation: str | None) -> list[DocumentChange]:
        if isinstance(change, TextChange):
            edits = text_edits(change, self.client.encoding)
            return [self._text(change.path, change.version, edits, annotation)]
        if _OPERATIONS[type(change)][0] not in self.client.resource_operations:
            raise self._refusal(change)
        uri = self.uri_of(change.path)
        if isinstance(change, RenameFile):
            return [types.RenameFile(uri, self.uri_of(change.new_path), annotation_id=annotation)]
        if isinstance(change, DeleteFile):
            return [types.DeleteFile(uri, annotation_id=annotation)]
        create = types.CreateFile(uri, annotation_id=annotation)
        if not change.text:
            return [create]
        content = [types.TextEdit(_START, change.text)]
        return [create, self._text(change.path, None, content, annotation)]

    def _text(
        self,
        path: str,
        version: int | None,
        edits: list[types.TextEdit],
        annotation: str | None,
    ) -> types.TextDocumentEdit:
        document = types.OptionalVersionedTextDocumentIdentifier(self.uri_of(path), version)
        if annotation is None:
            return types.TextDocumentEdit(document, edits)
        return types.TextDocumentEdit(
            document, [types.AnnotatedTextEdit(annotation, e.range, e.new_text) for e in edits]
        )

    def _refusal(self, change: FileChange) -> Unsupported:
        verb = _OPERATIONS[type(change)][1]
        return Unsupported(
            f"{self.client.name} cannot {verb} files through LSP; apply this proposal from a "
            "terminal or another editor."
        )


def text_edits(change: TextChange, encoding: PositionEncoding) -> list[types.TextEdit]:
    """Return the edits of one text; positions count in the text before any of them."""
    index = LineIndex(change.base)

    def position(offset: int) -> types.Position:
        return types.Position(*index.position_at(offset, encoding))

    return [
        types.TextEdit(types.Range(position(r.start), position(r.end)), r.text)
        for r in whole_line_ends(change.base, change.replacements)
    ]


def whole_line_ends(base: str, replacements: tuple[Replacement, ...]) -> list[Replacement]:
    """Widen replacements that begin or end inside CR LF, where LSP has no position."""
    wide: list[Replacement] = []
    for r in replacements:
        start, end, text = r.start, r.end, r.text
        if wide and start < wide[-1].end:  # the one before took this one's first character
            before = wide.pop()
            start, text = before.start, before.text[: len(before.text) - 1] + text
        elif _splits(base, start):
            start, text = start - 1, "\r" + text
        if _splits(base, end):
            end, text = end + 1, text + "\n"
        wide.append(Replacement(start, end, text))
    return wide


def _splits(base: str, offset: int) -> bool:
    return 0 < offset < len(base) and base[offset - 1] == "\r" and base[offset] == "\n"
