"""What the process of the vectors does: one request after the other, each of them short.

Requests are lines of JSON on standard input with `id` and `do`; each has one answer with the same
`id`, or with an `error`:

- "open" (root, index, model, most, disk): keep the vectors of a workspace in a model from now on.
  `index` is the folder of its index, `model` the key of the model, `most` the chunks that are
  embedded at most, `disk` the bytes that all vectors may take. Also looks what the index has now.
- "next" (root, most, chars): answers `texts`, pairs of digest and text, and `looked`.
- "put" (root, length, found: digest, and base64 of little-endian 32-bit numbers).
- "skip" (root, digests).
- "near" (root, vector, limit): answers `rows`, `closeness` and `usual`.
- "length" (root, length): the model's vectors have this length now; others are forgotten.
- "close" (root).

All but "close" answer how far it is as well: `chunks`, `done`, `left_out`.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arriero.index.meaning.arrays import Array, numpy
from arriero.index.meaning.folder import Folder, Model
from arriero.index.meaning.store import Full, VectorStore
from arriero.index.reader import NoIndex

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.03  # of one request: a question waits so long at most

Json = Mapping[str, Any]


class Server:
    """The vectors of any number of workspaces; everything happens in one thread."""

    def __init__(self, cache: Path) -> None:
        """`cache` is the folder of the database."""
        self._cache = cache
        self._store: VectorStore | None = None
        self._folders: dict[str, tuple[str, Folder]] = {}

    def answer(self, line: str) -> str:
        """Return the answer to a request, a line without its end."""
        request: Json = json.loads(line)
        try:
            answer = self._do(request)
        except Full:
            answer = {"error": "full"}
        except NoIndex:
            answer = {"error": "index"}
        except (ValueError, binascii.Error) as error:
            answer = {"error": "vector", "why": str(error)}
        except sqlite3.Error as error:
            log.warning("the vectors cannot be read or written: %s", error)
            answer = {"error": "store", "why": str(error)}
        return json.dumps({"id": request["id"], **answer})

    def close(self) -> None:
        """Let go of everything."""
        for _, folder in self._folders.values():
            folder.close()
        if self._store is not None:
            self._store.close()

    def _do(self, request: Json) -> Json:
        root = request["root"]
        if request["do"] == "open":
            return self._open(root, request)
        _, folder = self._folders.get(root, ("", None))
        if folder is None:
            return {"error": "closed"}
        match request["do"]:
            case "next":
                texts = folder.next(request["most"], request["chars"], _LOOK_SECONDS)
                pairs = [(digest.hex(), text) for digest, text in texts]
                return {"texts": pairs, "looked": folder.looked, **_progress(folder)}
            case "put":
                digests = [bytes.fromhex(digest) for digest, _ in request["found"]]
                vectors = [_vector(text, request["length"]) for _, text in request["found"]]
                folder.put(list(zip(digests, vectors, strict=True)))
            case "skip":
                folder.skip([bytes.fromhex(digest) for digest in request["digests"]])
            case "near":
                found = folder.nearest(_vector(request["vector"]), request["limit"])
                return {
                    "rows": found.rows,
                    "closeness": found.closeness,
                    "usual": found.usual,
                    **_progress(folder),
                }
            case "length":
                folder.begin_anew(request["length"])
            case "close":
                self._folders.pop(root)
                folder.close()
                return {}
        return _progress(folder)

    def _open(self, root: str, request: Json) -> Json:
        key, folder = self._folders.get(root, ("", None))
        wanted = json.dumps([request[name] for name in ("index", "model", "most")])
        if folder is None or key != wanted:
            if folder is not None:
                folder.close()
                del self._folders[root]
            store = self._stored(request["disk"])
            model = Model(*store.model(request["model"]))
            folder = Folder(root, Path(request["index"]), store, model, request["most"])
            self._folders[root] = (wanted, folder)
        folder.refresh()
        return _progress(folder)

    def _stored(self, most: int) -> VectorStore:
        if self._store is None:
            self._store = VectorStore(self._cache, most)
        self._store.most = most
        return self._store


def _progress(folder: Folder) -> Json:
    return {"chunks": folder.chunks, "done": folder.done, "left_out": folder.left_out}


def _vector(text: str, length: int = 0) -> Array:
    """Return the numbers; raises ValueError where there are not so many."""
    found = numpy().frombuffer(base64.b64decode(text), "<f4")
    if length and len(found) != length:
        raise ValueError("the vectors of one answer differ in length")
    return found
