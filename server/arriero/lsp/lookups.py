"""Where the URIs of a client's messages lead, found out before a message is handled.

A link on the way is resolved by the disk, and a network folder whose server is gone may not answer
for minutes. So this is done in a thread; only the client who named the file waits, in the order of
its messages, and not for long.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

from arriero.workspace.realpath import real_path
from arriero.workspace.uris import is_uri, path_to_uri, uri_to_path

log = logging.getLogger(__name__)

_PATIENCE = 2.0  # seconds
_MOST = 10_000  # URIs that are remembered: a message with many is handled beside later ones
_KEYS = ("uri", "oldUri", "newUri")


class Lookups:
    """The canonical paths of URIs that were named of late."""

    def __init__(self, as_written: Callable[[str], str]) -> None:
        """`as_written` gives the path where the disk does not tell it."""
        self._as_written = as_written
        self._found: dict[str, str] = {}
        self._silent: set[str] = set()  # folders that are still asked for something

    def path_of(self, uri: str) -> str:
        """Return the canonical path of a URI; what names no file is its own path."""
        return self._found.get(uri) or canonical_path(uri)

    async def look_up(self, uris: Collection[str]) -> None:
        """Find out where these lead; where the disk is silent they count as they are written."""
        asked = [uri for uri in uris if _folder(uri) not in self._silent]
        found: dict[str, str] = {}
        if asked:
            work = asyncio.ensure_future(
                asyncio.to_thread(lambda: {uri: canonical_path(uri) for uri in asked})
            )
            done, _ = await asyncio.wait([work], timeout=_PATIENCE)
            if done:
                found = work.result()
            else:
                self._wait_on(work, {_folder(uri) for uri in asked})
        found |= {uri: self._as_written(uri) for uri in uris if _folder(uri) in self._silent}
        self._note(found)

    def _note(self, found: dict[str, str]) -> None:
        for uri, path in found.items():
            self._found.pop(uri, None)
            self._found[uri] = path
        most = max(_MOST, len(found))  # one message may name more, and whoever handles it asks
        for uri in list(islice(self._found, max(0, len(self._found) - most))):
            del self._found[uri]

    def _wait_on(self, work: asyncio.Future[dict[str, str]], folders: set[str]) -> None:
        log.warning("%s: the disk does not answer", ", ".join(sorted(folders)))
        self._silent |= folders
        work.add_done_callback(lambda _: self._silent.difference_update(folders))


def canonical_path(uri: str) -> str:
    """Return the real path of a `file:` URI, and any other URI as it is.

    What can be the name of no file is a URI as well, of no scheme that anybody knows.
    """
    path = uri_to_path(uri)
    if is_uri(path):
        return path
    return real_path(path) or "nameless:" + quote(uri.encode("utf-8", "surrogatepass"))


def files_named(params: Any) -> Iterator[str]:
    """Iterate over the `file:` URIs in the params of a message, where LSP and we have them."""
    if not isinstance(params, dict):
        return
    event, root = params.get("event"), params.get("rootPath")
    named = [
        {"uri": params.get("rootUri")},
        {"uri": path_to_uri(root) if root and isinstance(root, str) else None},
        params.get("textDocument"),
        *_listed(params.get("workspaceFolders")),
        *_listed(event.get("added") if isinstance(event, dict) else None),
        *_listed(params.get("files")),
    ]
    for argument in _listed(params.get("arguments")):
        named.append(argument)
        files = argument.get("files") if isinstance(argument, dict) else None
        named += [{"uri": file} for file in _listed(files)]
    for one in named:
        if isinstance(one, dict):
            uris = (one.get(key) for key in _KEYS)
            yield from (uri for uri in uris if isinstance(uri, str) and uri.startswith("file:"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _folder(uri: str) -> str:
    return os.path.split(uri_to_path(uri))[0]
