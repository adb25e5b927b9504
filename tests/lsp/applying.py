"""An editor that really applies edits: to its open documents, and to files that are not open."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arriero.workspace.text import LineIndex, PositionEncoding
from arriero.workspace.uris import uri_to_path
from lsp.raw_client import RawClient


@dataclass
class Document:
    text: str
    version: int = 1


@dataclass
class ApplyingEditor:
    """Give it a client; it answers `workspace/applyEdit`, and refuses stale versions as a whole."""

    client: RawClient
    encoding: PositionEncoding = "utf-16"
    documents: dict[str, Document] = field(default_factory=dict)
    refusals: int = 0

    def __post_init__(self) -> None:
        self.client.answers["workspace/applyEdit"] = self.apply

    def open(self, path: Path, text: str | None = None) -> str:
        """Open a file, or a text that is not saved; return its URI."""
        uri = path.as_uri()
        self.documents[uri] = Document(path.read_bytes().decode() if text is None else text)
        item = {"uri": uri, "languageId": "x", "version": 1, "text": self.documents[uri].text}
        self.client.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def type(self, uri: str, text: str) -> None:
        """The user changes a document as a whole."""
        document = self.documents[uri]
        document.text, document.version = text, document.version + 1
        self._changed(uri)

    def apply(self, params: Any) -> Any:
        parts = params["edit"]["documentChanges"]
        for part in parts:
            known = self.documents.get(part.get("textDocument", {}).get("uri"))
            wanted = part.get("textDocument", {}).get("version")
            if known is not None and wanted not in (None, known.version):
                self.refusals += 1
                return {"applied": False, "failureReason": "stale version"}
        for part in parts:
            self._do(part)
        return {"applied": True}

    def _do(self, part: Any) -> None:
        match part:
            case {"kind": "create", "uri": uri}:
                Path(uri_to_path(uri)).write_text("")
            case {"kind": "delete", "uri": uri}:
                Path(uri_to_path(uri)).unlink()
            case {"kind": "rename", "oldUri": old, "newUri": new}:
                Path(uri_to_path(old)).rename(uri_to_path(new))
            case {"textDocument": {"uri": uri}, "edits": edits}:
                self._edit(uri, edits)

    def _edit(self, uri: str, edits: Any) -> None:
        path = Path(uri_to_path(uri))
        document = self.documents.get(uri)
        index = LineIndex(path.read_bytes().decode() if document is None else document.text)
        text, at = "", 0
        for edit in edits:
            start, end = (
                index.offset_at(p["line"], p["character"], self.encoding)
                for p in (edit["range"]["start"], edit["range"]["end"])
            )
            text += index.text[at:start] + edit["newText"]
            at = end
        text += index.text[at:]
        if document is None:
            path.write_bytes(text.encode())
        else:
            document.text, document.version = text, document.version + 1
            self._changed(uri)

    def _changed(self, uri: str) -> None:
        document = self.documents[uri]
        self.client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": document.version},
                "contentChanges": [{"text": document.text}],
            },
        )
