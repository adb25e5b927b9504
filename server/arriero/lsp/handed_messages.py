"""Params and results of `arriero/texts` and `arriero/applyChange`, by which a process that works on
files by itself (`arriero serve`, `arriero mcp`) hands its edits to an editor that is open.

docs/protocol.md describes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs


@attrs.frozen
class TextsParams:
    """`folders` are URIs; `known` maps the URI of a document to the tag that came with it."""

    folders: Sequence[str]
    known: Mapping[str, str] | None = None


@attrs.frozen
class TextMessage:
    """An open document; `text` is null where `tag` is the one that is known."""

    uri: str
    tag: str
    version: int | None
    language: str
    text: str | None


@attrs.frozen
class TextsMessage:
    """The documents in the folders; `editor` is null where nobody has the folders open."""

    editor: str | None
    documents: Sequence[TextMessage]


@attrs.frozen
class ReplacementMessage:
    """Replace the code points from `start` to `end` of a text."""

    start: int
    end: int
    text: str


@attrs.frozen
class ChangeMessage:
    """What becomes of one file; `kind` is `edit`, `create`, `rename` or `delete`.

    `text` is the whole text that an edit or a deletion is for, or that of a new file.
    """

    kind: str
    uri: str
    text: str | None = None
    version: int | None = None
    replacements: Sequence[ReplacementMessage] = ()
    new_uri: str | None = None


@attrs.frozen
class ApplyChangeParams:
    """Changes that are made together or not at all; `folders` as for `arriero/texts`."""

    folders: Sequence[str]
    label: str
    changes: Sequence[ChangeMessage]


@attrs.frozen
class ApplyChangeMessage:
    """What came of it; `editor` is null where nobody could be asked, and nothing was done."""

    editor: str | None
    applied: bool
    reason: str = ""
