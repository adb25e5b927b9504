"""The editor's open documents and the names that it has for files.

Inside, a file is its canonical path; a client has its own spelling of the URI (a folder behind a
symbolic link, `%3A` for a colon) and recognises no other. So URIs go out as they came in.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass

from arriero.lsp.lookups import Lookups, files_named
from arriero.rpc.message import Incoming, Notification, Request
from arriero.workspace.buffers import Buffer
from arriero.workspace.confine import is_beneath
from arriero.workspace.uris import path_to_uri, uri_to_path


@dataclass(frozen=True)
class Folder:
    """A workspace folder as the client spells it, and its canonical path."""

    uri: str
    path: str
    canonical: str


class OpenDocuments:
    """The open documents by canonical path; safe to read from any thread."""

    def __init__(self) -> None:
        self._buffers: dict[str, Buffer] = {}
        self._uris: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self.folders: Sequence[Folder] = ()
        self._lookups = Lookups(self._as_written)

    def get(self, path: str) -> Buffer | None:
        """Return the open document at a canonical path, or with an untitled document's URI."""
        return self._buffers.get(path)

    def all(self) -> Iterable[Buffer]:
        """Return all open documents."""
        return tuple(self._buffers.values())

    def put(self, uri: str, text: str, version: int | None, language: str) -> None:
        """Note a document that was opened or changed."""
        path = self.path_of(uri)
        self._uris[path], self._paths[uri] = uri, path
        self._buffers[path] = Buffer(path, text, version, language)

    def remove(self, uri: str) -> None:
        """Note that a document was closed."""
        path = self.path_of(uri)
        self._paths.pop(uri, None)
        if self._uris.get(path) == uri:  # another spelling of the same file may be open still
            del self._uris[path]
            self._buffers.pop(path, None)

    def path_of(self, uri: str) -> str:
        """Return the canonical path of a URI; what names no file is its own path."""
        return self._paths.get(uri) or self._lookups.path_of(uri)

    def looked_up(self, message: Incoming) -> Awaitable[None] | None:
        """Find out where the URIs of a message lead, where that is not known; see `Lookups`."""
        if not isinstance(message, (Request, Notification)):
            return None
        unknown = {uri for uri in files_named(message.params) if uri not in self._paths}
        return self._lookups.look_up(unknown) if unknown else None

    def folder_of(self, uri: str) -> Folder:
        """Return the folder with this URI; one that is not there keeps its path."""
        return Folder(uri, uri_to_path(uri), self.path_of(uri))

    def uri_of(self, path: str) -> str:
        """Return the client's URI of a canonical path."""
        known = self._uris.get(path)
        if known is not None:
            return known
        for folder in self.folders:
            if folder.path != folder.canonical and is_beneath(path, folder.canonical):
                inside = path[len(folder.canonical) :].lstrip("/")
                return path_to_uri(f"{folder.path.rstrip('/')}/{inside}".rstrip("/"))
        return path_to_uri(path)

    def _as_written(self, uri: str) -> str:
        """Return the path of a URI as far as it is known without a look at the disk."""
        path = os.path.normpath(uri_to_path(uri))
        for folder in self.folders:
            if is_beneath(path, folder.path):
                return os.path.normpath(f"{folder.canonical}/{os.path.relpath(path, folder.path)}")
        return path
