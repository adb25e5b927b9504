"""The editor's open documents and the names that it has for files.

Inside, a file is its canonical path; a client has its own spelling of the URI (a folder behind a
symbolic link, `%3A` for a colon) and recognises no other. So URIs go out as they came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from arriero.workspace.buffers import Buffer
from arriero.workspace.confine import is_beneath
from arriero.workspace.realpath import real_path
from arriero.workspace.uris import is_uri, path_to_uri, uri_to_path


@dataclass(frozen=True)
class Folder:
    """A workspace folder as the client spells it, and its canonical path."""

    uri: str
    path: str
    canonical: str

    @classmethod
    def of(cls, uri: str) -> Folder:
        """Resolve a folder's URI; one that is not there keeps its path."""
        path = uri_to_path(uri)
        return cls(uri, path, canonical_path(uri))


class OpenDocuments:
    """The open documents by canonical path; safe to read from any thread."""

    def __init__(self) -> None:
        self._buffers: dict[str, Buffer] = {}
        self._uris: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self.folders: Sequence[Folder] = ()

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
        return self._paths.get(uri) or canonical_path(uri)

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


def canonical_path(uri: str) -> str:
    """Return the real path of a `file:` URI, and any other URI as it is.

    What can be the name of no file is a URI as well, of no scheme that anybody knows.
    """
    path = uri_to_path(uri)
    if is_uri(path):
        return path
    return real_path(path) or "nameless:" + quote(uri.encode("utf-8", "surrogatepass"))
