"""Proposals of the fake server: to shout every line that holds "todo", one hunk a line."""

# ruff: noqa: INP001

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Hunk:
    """Lines of a text, with their ends, that become others."""

    id: str
    line: int
    old: list[str]
    new: list[str]
    state: str = "open"

    def to_json(self) -> Json:
        """Return the hunk as `arriero/proposal` gives it."""
        lines = {"line": self.line, "oldLines": self.old, "newLines": self.new}
        return {"id": self.id, "state": self.state, **lines}

    def to_edit(self) -> Json:
        """Return the hunk as LSP's TextEdit."""
        span = whole_lines(self.line, self.line + len(self.old))
        return {"range": span, "newText": "".join(self.new)}


@dataclass
class File:
    """One file of a proposal; `base` is the user's text, None if there is no file yet."""

    uri: str
    base: str | None
    hunks: list[Hunk]
    first: str | None = field(init=False)

    def __post_init__(self) -> None:
        """Keep the text to go back to."""
        self.first = self.base

    def chosen(self, ids: set[str] | None) -> list[Hunk]:
        """Return the open hunks that are meant; None means all."""
        return [
            hunk for hunk in self.hunks if hunk.state == "open" and (ids is None or hunk.id in ids)
        ]

    def accept(self, hunks: list[Hunk]) -> None:
        """Carry the file over to what was accepted; hunks keep the number of lines."""
        self.base = with_hunks(self.base, hunks) if hunks else self.base
        for hunk in hunks:
            hunk.state = "accepted"

    def to_json(self) -> Json:
        """Return the file as `arriero/proposal` gives it."""
        creates = self.base is None
        proposed = with_hunks(self.base, self.chosen(None)) or (None if creates else "")
        return {
            "uri": self.uri,
            "kind": "create" if creates else "edit",
            "oldText": self.base,
            "newText": proposed,
            "hunks": [hunk.to_json() for hunk in self.hunks],
        }


def propose(uri: str, text: str, *, create: bool) -> list[File]:
    """Propose to shout the lines of a document, and with `create` a new file beside it."""
    lines = text.splitlines(keepends=True)
    found = [at for at, line in enumerate(lines) if "todo" in line]
    hunks = [
        Hunk(str(number), at, [lines[at]], [lines[at].upper()])
        for number, at in enumerate(found, 1)
    ]
    files = [File(uri, text, hunks)]
    if create:
        new = ["a new file\n", "of two lines\n"]
        folder = uri.rsplit("/", 1)[0]
        files.append(File(f"{folder}/new.txt", None, [Hunk(str(len(hunks) + 1), 0, [], new)]))
    return files


def with_hunks(text: str | None, hunks: list[Hunk]) -> str:
    """Return a text with these hunks in it."""
    lines = (text or "").splitlines(keepends=True)
    for hunk in reversed(hunks):
        lines[hunk.line : hunk.line + len(hunk.old)] = hunk.new
    return "".join(lines)


def whole_lines(first: int, after: int) -> Json:
    """Return the range of whole lines."""
    return {"start": {"line": first, "character": 0}, "end": {"line": after, "character": 0}}
