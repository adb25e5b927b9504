"""The terminal as an editor: it opens files as documents and applies workspace edits to them.

Like any editor it refuses an edit that is for another text than the one it has: a document must be
open in the version that the edit names, and its file must still hold that version's text.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from arriero.workspace.disk import Disk, DiskRefused, MoveFile, Operation, RemoveFile, WriteFile
from arriero.workspace.encoding import Encoding, decode, encode
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.text import LineIndex, PositionEncoding
from arriero.workspace.uris import path_to_uri, uri_to_path

Json = Mapping[str, Any]


@dataclass(frozen=True)
class OpenDocument:
    """A file as the daemon was told of it; `version` grows with every change."""

    path: str
    text: str
    version: int
    encoding: Encoding


@dataclass(frozen=True)
class EditOutcome:
    """What became of a workspace edit.

    `changed` are documents whose text is another one now, also when the edit was refused because
    of that; `closed` are the paths of documents whose file is gone.
    """

    applied: bool
    reason: str = ""
    paths: tuple[str, ...] = ()
    changed: tuple[OpenDocument, ...] = ()
    closed: tuple[str, ...] = ()


class TerminalEditor:
    """Documents of some folders (absolute canonical paths). Synchronous: call it in a thread."""

    def __init__(self, folders: Sequence[str], encoding: PositionEncoding) -> None:
        self._disk = Disk(folders)
        self._encoding = encoding
        self._documents: dict[str, OpenDocument] = {}

    @property
    def documents(self) -> tuple[OpenDocument, ...]:
        """The open documents."""
        return tuple(self._documents.values())

    def open(self, uris: Iterable[str]) -> tuple[OpenDocument, ...]:
        """Open what is a text file and not open yet, and return it."""
        opened = []
        for uri in uris:
            path = uri_to_path(uri)
            if path in self._documents or not path.startswith(os.sep):
                continue
            found = self._read(path)
            if found is not None:
                opened.append(OpenDocument(path, found.text, 1, found.encoding))
                self._documents[path] = opened[-1]
        return tuple(opened)

    def apply(self, edit: Json) -> EditOutcome:
        """Apply an LSP `WorkspaceEdit` as a whole, or not at all."""
        plan = _Plan(self._disk, self._documents, self._encoding)
        try:
            for change in _document_changes(edit):
                plan.add(change)
            self._disk.perform(plan.operations)
        except (_Refused, DiskRefused, WorkspaceError) as error:
            changed, closed = self._refreshed()
            return EditOutcome(False, str(error), changed=changed, closed=closed)
        changed, closed = self._refreshed()
        return EditOutcome(True, "", plan.paths, changed, closed)

    def _refreshed(self) -> tuple[tuple[OpenDocument, ...], tuple[str, ...]]:
        """Look at the files again: whatever changed them, the documents follow."""
        changed: list[OpenDocument] = []
        closed: list[str] = []
        for document in self.documents:
            found = self._read(document.path)
            if found is None:
                del self._documents[document.path]
                closed.append(document.path)
            elif found.text != document.text:
                new = replace(
                    document,
                    text=found.text,
                    version=document.version + 1,
                    encoding=found.encoding,
                )
                self._documents[document.path] = new
                changed.append(new)
        return tuple(changed), tuple(closed)

    def _read(self, path: str) -> _Staged | None:
        try:
            content = self._disk.read(path)
        except WorkspaceError:
            return None
        return None if content is None else _Staged.of(content)


def as_item(document: OpenDocument) -> dict[str, Any]:
    """Return the `TextDocumentItem` of a document."""
    return {
        "uri": path_to_uri(document.path),
        "languageId": "plaintext",
        "version": document.version,
        "text": document.text,
    }


class _Refused(Exception):
    """The edit cannot be applied; the sentence says why."""


@dataclass(frozen=True)
class _Staged:
    content: bytes
    text: str
    encoding: Encoding

    @staticmethod
    def of(content: bytes) -> _Staged | None:
        decoded = decode(content)
        return None if decoded is None else _Staged(content, *decoded)


@dataclass
class _Plan:
    """The operations for an edit, and the files as they will be after them."""

    disk: Disk
    documents: Mapping[str, OpenDocument]
    encoding: PositionEncoding
    operations: list[Operation] = field(default_factory=list)
    staged: dict[str, _Staged | None] = field(default_factory=dict)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(self.staged)

    def add(self, change: Json) -> None:
        kind = change.get("kind")
        if kind is None:
            self._edit(change)
        elif kind == "create":
            self._create(self._path(change["uri"]))
        elif kind == "rename":
            self._rename(self._path(change["oldUri"]), self._path(change["newUri"]))
        elif kind == "delete":
            path = self._path(change["uri"])
            self.operations.append(RemoveFile(path, self._current(path, None).content))
            self.staged[path] = None
        else:
            raise _Refused(f"A terminal cannot {kind} files.")

    def _edit(self, change: Json) -> None:
        document = change["textDocument"]
        path = self._path(document["uri"])
        before = self._current(path, document.get("version"))
        text = _edited(before.text, change["edits"], self.encoding)
        try:
            content = encode(text, before.encoding)
        except UnicodeEncodeError as error:
            raise _Refused(
                f"{self._shown(path)} is written in {before.encoding}, which has no "
                f"{error.object[error.start]!a}."
            ) from error
        self.staged[path] = _Staged(content, text, before.encoding)
        last = self.operations[-1] if self.operations else None
        if isinstance(last, WriteFile) and last.path == path:
            # A file that was just made: its text comes as an edit of nothing.
            self.operations[-1] = replace(last, content=content)
        else:
            self.operations.append(WriteFile(path, content, before.content))

    def _create(self, path: str) -> None:
        self._check_free(path)
        self.operations.append(WriteFile(path, b"", None))
        self.staged[path] = _Staged(b"", "", "utf-8")

    def _rename(self, path: str, new_path: str) -> None:
        before = self._current(path, None)
        self._check_free(new_path)
        self.operations.append(MoveFile(path, new_path))
        self.staged[path], self.staged[new_path] = None, before

    def _current(self, path: str, version: int | None) -> _Staged:
        """The file as the edit so far leaves it; at first it must be what was opened."""
        if path in self.staged:
            staged = self.staged[path]
            if staged is None:
                raise _Refused(f"{self._shown(path)} is not there any more.")
            return staged
        document = self.documents.get(path)
        if document is None:
            raise _Refused(f"{self._shown(path)} is not open in this terminal.")
        content = self.disk.read(path)
        found = None if content is None else _Staged.of(content)
        if found is None or found.text != document.text or version not in (None, document.version):
            raise _Refused(f"{self._shown(path)} changed meanwhile.")
        return found

    def _check_free(self, path: str) -> None:
        staged = self.staged.get(path)
        if staged or (path not in self.staged and os.path.lexists(path)):
            raise _Refused(f"{self._shown(path)} exists already.")

    def _path(self, uri: str) -> str:
        path = uri_to_path(uri)
        if not path.startswith(os.sep):
            raise _Refused(f"{uri} is not a file.")
        parent, name = os.path.split(path)
        # Of the name itself a link is not followed: it is what is renamed or removed.
        return f"{self.disk.confinement.canonical(parent).rstrip(os.sep)}{os.sep}{name}"

    def _shown(self, path: str) -> str:
        return self.disk.confinement.display(path)


def _document_changes(edit: Json) -> Iterator[Json]:
    """The parts of an edit in order; the old form with `changes` has no versions."""
    if edit.get("documentChanges") is not None:
        yield from edit["documentChanges"]
        return
    for uri, edits in (edit.get("changes") or {}).items():
        yield {"textDocument": {"uri": uri, "version": None}, "edits": edits}


def _edited(text: str, edits: Sequence[Json], encoding: PositionEncoding) -> str:
    """Apply text edits; all positions are in the text before any of them (LSP 3.18, TextEdit[]).

    Insertions at one place keep their order.
    """
    index = LineIndex(text)

    def offset(position: Json) -> int:
        return index.offset_at(position["line"], position["character"], encoding)

    spans = [(offset(e["range"]["start"]), offset(e["range"]["end"]), e["newText"]) for e in edits]
    pieces = []
    at = 0
    for start, end, new in sorted(spans, key=lambda span: span[:2]):
        if not at <= start <= end:
            raise _Refused("The edit contradicts itself: two of its parts overlap.")
        pieces += [text[at:start], new]
        at = end
    return "".join([*pieces, text[at:]])
