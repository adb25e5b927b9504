"""The texts that are embedded: one for each chunk of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from arriero.index.paths import absolute
from arriero.workspace.confine import Confinement
from arriero.workspace.encoding import decode
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.usertexts import MOST_BYTES

HASH_BYTES = 16
NOTHING = bytes(HASH_BYTES)
"""Stands for a chunk that has nothing to embed."""

_MOST_CHARS = 8_000  # of one text: models read a part of longer ones only
_MOST_OF_A_LINE = 1_000


@dataclass(frozen=True)
class Piece:
    """A text and the digest that names it; empty for a chunk with nothing but signs."""

    text: str
    digest: bytes


def file_key(name: bytes, digest: bytes, chunks: bytes) -> bytes:
    """Return what names the pieces of a file: its content, how it is cut, and its shown name."""
    whole = b"\0".join((_shown(name).encode("utf-8", "replace"), digest, chunks))
    return hashlib.blake2b(whole, digest_size=HASH_BYTES).digest()


def read_pieces(
    root: str, name: bytes, digest: bytes, lines: Sequence[tuple[int, int]], inside: Confinement
) -> list[Piece] | None:
    """Return a piece for each chunk, given by its first and last line.

    None where the file is not any more what the index has: it will have another row soon.
    """
    try:
        data = inside.read(absolute(root, name), MOST_BYTES)
    except WorkspaceError:  # gone, or not to be read
        return None
    if hashlib.blake2b(data, digest_size=HASH_BYTES).digest() != digest:
        return None
    decoded = decode(data)
    if decoded is None:
        return None
    text = decoded[0].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [_piece(_shown(name), text[first - 1 : last]) for first, last in lines]


def _piece(shown: str, lines: Sequence[str]) -> Piece:
    body = "\n".join(line[:_MOST_OF_A_LINE].rstrip() for line in lines).strip("\n")[:_MOST_CHARS]
    if not any(character.isalnum() for character in body):
        return Piece("", NOTHING)
    text = f"{shown}\n{body}".encode("utf-8", "replace").decode()
    return Piece(text, hashlib.blake2b(text.encode(), digest_size=HASH_BYTES).digest())


def _shown(name: bytes) -> str:
    """Return the file and its folder: they tell what it is about, wherever the workspace begins."""
    return b"/".join(name.split(b"/")[-2:]).decode("utf-8", "replace")
