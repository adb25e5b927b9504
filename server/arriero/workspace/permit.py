"""What a run may stage: where, and which texts."""

from __future__ import annotations

import os

from arriero.workspace.confine import Confinement
from arriero.workspace.encoding import Document, describe, encode
from arriero.workspace.errors import (
    BadPath,
    IsDirectory,
    NotDirectory,
    ReadOnly,
    TooLarge,
    UnknownEncoding,
)
from arriero.workspace.naming import bare, visible
from arriero.workspace.tree import Tree
from arriero.workspace.uris import is_uri

# Git's own files can name programs that git runs; the other folder holds our settings.
_PROTECTED = frozenset({".git", ".arriero"})


def check_writable(path: str, confinement: Confinement) -> None:
    """Raise `OutsideWorkspace` or `ReadOnly` for a canonical path that may not be changed."""
    if is_uri(path):
        return
    root = confinement.root_of(path)
    if root is None:
        raise confinement.outside(path)
    protected = [part for part in path[len(root) :].split("/") if bare(part) in _PROTECTED]
    if protected:
        raise ReadOnly(
            f"{confinement.display(path)} may not be changed, for {visible(protected[0])} belongs "
            "to the user alone; leave it, and say what should be changed there."
        )


def check_creatable(path: str, confinement: Confinement, tree: Tree) -> None:
    """Raise `IsDirectory` or `NotDirectory` where no file can be made."""
    shown = confinement.display
    if tree.is_directory(path):
        raise IsDirectory(f"{shown(path)} is a folder; give the path of a file in it.")
    folder = os.path.dirname(path)
    while confinement.root_of(folder) is not None:
        if tree.exists(folder) and not tree.is_directory(folder):
            raise NotDirectory(
                f"{shown(folder)} is a file, so nothing can be in it; give another path."
            )
        folder = os.path.dirname(folder) if folder != "/" else ""


def check_text(document: Document, text: str, shown: str, limit: int) -> None:
    """Raise for a new text that the document's encoding, or a text file at all, cannot hold."""
    try:
        data = encode(text, document.encoding)
    except UnicodeEncodeError as error:
        character = visible(text[error.start])
        raise UnknownEncoding(
            f"{shown} is in {describe(document.encoding)}, which has no character {character}; "
            "write it with characters that it has."
        ) from error
    if "\0" in text:
        raise BadPath(f"The new text of {shown} has a NUL character; leave it out.")
    if len(data) > limit:
        raise TooLarge(
            f"The new text of {shown} has more than {limit:,} bytes; make it with a command."
        )
