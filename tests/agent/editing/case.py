"""What a case is: an answer with edits in its text, and what is to be read from it."""

from __future__ import annotations

from dataclasses import dataclass

from arriero.agent.editing import EditTextReader
from arriero.agent.toolcalls import BrokenCall, Piece
from arriero.models.types import TextChunk, ThinkingChunk, ToolCallChunk

KNOWN = frozenset({"src/a.py", "b.py", "docs/read me.md", "Makefile", "lib/x.lua"})

Folded = tuple[object, ...]


def edit(path: str, old: str, new: str) -> Folded:
    return ("edit_file", path, old, new)


def write(path: str, content: str) -> Folded:
    return ("write_file", path, content)


def broken(says: str) -> Folded:
    return ("broken", says)


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    pieces: tuple[object, ...]  # texts as they are, edits and broken calls as above
    whole: bool = False
    known: bool = True


def reader(case: Case) -> EditTextReader:
    return EditTextReader(KNOWN.__contains__ if case.known else None, whole_files=case.whole)


def fold(pieces: list[Piece]) -> list[object]:
    """Join neighbouring texts; calls become tuples."""
    folded: list[object] = []
    for piece in pieces:
        match piece:
            case TextChunk(text):
                if folded and isinstance(folded[-1], str):
                    folded[-1] += text
                else:
                    folded.append(text)
            case ToolCallChunk(call):
                folded.append((call.name, *call.arguments.values()))
            case BrokenCall(_, _, reason):
                folded.append(("broken", reason))
            case ThinkingChunk():
                raise AssertionError("no thinking is read from text")
    return folded


def agrees(folded: list[object], case: Case) -> bool:
    """Tell whether what was read is what the case says; of a broken call a part of its reason."""
    if len(folded) != len(case.pieces):
        return False
    return all(
        (isinstance(got, tuple) and got[0] == "broken" and wanted[1] in got[1])
        if isinstance(wanted, tuple) and wanted[0] == "broken"
        else got == wanted
        for got, wanted in zip(folded, case.pieces, strict=True)
    )


BLOCK = "<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n"
EDIT = ("old\n", "new\n")
F = "```"
